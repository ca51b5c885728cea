"""Show results again, without measuring."""

from __future__ import annotations

from rich.console import Console

from bench.host.display import tables
from bench.host.errors import BenchError
from bench.host.options import Options
from bench.host.stored.collection import load_all


def run(options: Options, console: Console) -> int:
    stored = load_all(options.root / "results")
    for variant in options.variants or stored:
        if variant not in stored:
            names = ", ".join(stored)
            raise BenchError(f"no results of {variant!r}: there are results of {names}")
        tables.show(stored[variant], stored, console)
    return 0
