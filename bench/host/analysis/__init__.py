"""What follows from the results."""
