"""The commands about results, one module or package each: run(options, console) gives the exit status or
raises BenchError. What it needs that takes long to import, it imports there."""
