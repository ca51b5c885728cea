"""Show the measured costs beside their budgets."""

from __future__ import annotations

from rich.console import Console

from bench.host.analysis import budget
from bench.host.benchmarks import load
from bench.host.display import tables
from bench.host.options import Options
from bench.host.stored.collection import load_alike


def run(options: Options, console: Console) -> int:
    alike, notes = load_alike(options.root / "results")
    console.print(tables.budgets(budget.rows(alike, load(options.root)), console.width))
    for note in notes:
        console.print(f"note: {note}")
    return 0
