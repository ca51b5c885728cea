"""Show results."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.host.errors import BenchError
from bench.host.stored.collection import load_stored
from bench.host.tables import exact

HELP = "Show results again, without measuring."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--variant", action="append", metavar="NAME", help="(default: all)")


def run(options: argparse.Namespace, console: Console) -> int:
    stored = load_stored(options.root)
    for variant in options.variant or stored:
        if variant not in stored:
            names = ", ".join(stored)
            raise BenchError(f"no results of {variant!r}: there are results of {names}")
        exact.show(stored[variant], stored, console)
    return 0
