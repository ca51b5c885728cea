"""Which functions, lines and phases the instructions of a sample belong to."""
