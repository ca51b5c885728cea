"""The chapters of the reports: which statements the results carry, in which order, with which values."""
