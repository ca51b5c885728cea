"""Pictures of the results.

Each figure has a table of its own, results/plots/<name>.csv, made from the results (tables.py), and is
drawn from this table alone: curves by gnuplot (<name>.gp), bars by matplotlib (bars.py).
"""

from __future__ import annotations

from bench.host.languages import languages, translator

# The figures in their order, with their titles.
TITLES = {
    "fork": "Cost of fork, by size of the process",
    "fork_exec": "Cost of fork and exec, by size of the process",
    "fork_touch": "Where copy-on-write starts to lose: a child writes part of its pages",
    "write_fault": "Cost of the first write to a page after fork",
    "phases": "Phases of a fork and of a write fault",
    "memory": "Memory that a fork and the child's writes take",
    "snapshot": "Memory in use while a store in memory saves a snapshot of itself",
    "metadata": "Memory for reference counts, by memory of the machine",
    "scaling_fork": "Throughput of fork, by number of harts",
    "scaling_fault": "Throughput of write faults, by number of harts",
}

# The same by language.
FIGURES = {
    name: {language: translator(language)(title) for language in languages()}
    for name, title in TITLES.items()
}
