"""Benchmarks of Cowshed: guest/ measures, host/ runs, stores and draws."""
