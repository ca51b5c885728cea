"""Show budgets."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.host.analysis import budget
from bench.host.benchmarks import load
from bench.host.display import exact
from bench.host.stored.collection import load_alike

HELP = "Show the measured costs beside their budgets."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace, console: Console) -> int:
    alike, notes = load_alike(options.root / "results")
    console.print(exact.budgets(budget.rows(alike, load(options.root)), console.width))
    for note in notes:
        console.print(f"note: {note}")
    return 0
