"""The commands of bench.host.cli, one module or package each.

A module has HELP (a sentence), add_arguments(parser), and run(options, console), which returns the
exit status or raises BenchError. What it needs that takes long to import, it imports in run.
"""
