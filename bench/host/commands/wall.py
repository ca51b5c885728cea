"""Show results of the wall clock."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.host import wall_bench
from bench.host.errors import BenchError

HELP = "Show the results of the wall clock again, without measuring."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace, console: Console) -> int:
    folder = options.root / "results" / "wall"
    if not any(folder.glob("*.json")):
        raise BenchError(f"{folder} holds no results yet: run make bench CLOCK=wall")
    wall_bench.show(folder, console)
    return 0
