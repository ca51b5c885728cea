"""Texts that are made from the results."""
