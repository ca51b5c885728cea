"""The host side of the benchmarks: run machines, check, store, show and draw."""
