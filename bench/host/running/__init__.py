"""Run machines, and read what the benchmarks in them say."""
