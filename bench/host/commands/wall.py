"""Show results of the wall clock."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.host.errors import BenchError
from bench.host.stored.collection import comparable, load_usable

HELP = "Show the results of the wall clock again, without measuring."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace, console: Console) -> int:
    folder = options.root / "results" / "wall"
    if not any(folder.glob("*.json")):
        raise BenchError(f"{folder} holds no results yet: run make bench CLOCK=wall")
    show(folder, console)
    return 0


def show(folder: Path, console: Console) -> None:
    """The tables of all results of the wall clock in a folder."""
    # They import scipy, which takes a while.
    from bench.host.analysis.wall import is_wall
    from bench.host.tables import wall

    stored, problems = load_usable(folder)
    alike, notes = comparable({v: found for v, found in stored.items() if is_wall(found)})
    if alike:
        wall.show(alike, console)
    for note in [*(f"left out: {problem}" for problem in problems), *notes]:
        console.print(f"note: {note}")
