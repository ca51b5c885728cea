"""Machines for users: interactive, for one command, for gdb, for a grade, and for a long soak."""
