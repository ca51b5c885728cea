"""Draw pictures."""

from __future__ import annotations

import argparse
import os

from rich.console import Console

from bench.host.plots import plot
from bench.host.stored.collection import load_alike

HELP = "Draw results/plots again, without measuring."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace, console: Console) -> int:
    alike, notes = load_alike(options.root / "results")
    for path in plot.draw(options.root / "results", list(alike)):
        console.print(os.path.relpath(path, options.root))
    for note in notes:
        console.print(f"note: {note}")
    return 0
