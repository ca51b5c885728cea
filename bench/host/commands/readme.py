"""Write generated parts."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.host.report import readme
from bench.host.stored.collection import load_alike

HELP = "Write the generated parts of README.md and docs/ again, in both languages."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace, console: Console) -> int:
    alike, notes = load_alike(options.root / "results")
    changed = readme.update(options.root, alike)
    console.print("written again: " + ", ".join(changed) if changed else "nothing to change")
    for note in notes:
        console.print(f"note: {note}")
    return 0
