"""The host side of the benchmarks: run machines, check, store, show and draw.

tools/commands.py calls them, and a module of commands/ is a command. Below them a folder may use
what stands after it:

report/     texts made from the results: REPORT.md, its pages, the generated parts of README.md
tables/     results as tables: on a terminal, as Markdown and as CSV
plots/      pictures of the results
analysis/   what follows from the results: fits, break-even points, statistics, comparisons
stored/     results as files: what is in them, and which of them belong together
running/    run machines, and read what the benchmarks in them say
languages/  text in other languages

What stands beside the folders is for all of them: errors, ^C, options, the names of variants,
numbers as text.
"""
