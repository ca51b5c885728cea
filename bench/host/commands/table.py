"""Show results again, without measuring."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bench.host.errors import BenchError
from bench.host.measured import Results
from bench.host.options import Options
from bench.host.stored.collection import comparable, load_stored, load_usable
from bench.host.tables import exact


def run(options: Options, console: Console) -> int:
    if options.clock == "wall":
        folder = options.root / "results" / "wall"
        if options.variants:
            raise BenchError("CLOCK=wall shows all variants, since it compares them")
        if not any(folder.glob("*.json")):
            raise BenchError(f"{folder} holds no results yet: run make bench CLOCK=wall")
        show_real_time(folder, console)
        return 0
    stored = load_stored(options.root)
    for variant in options.variants or stored:
        if variant not in stored:
            names = ", ".join(stored)
            raise BenchError(f"no results of {variant!r}: there are results of {names}")
        exact.show(stored[variant], stored, console)
    return 0


def show_real_time(folder: Path, console: Console, here: dict[str, Results] | None = None) -> None:
    """The tables of all results of the wall clock in a folder; some may be `here` already."""
    # They import scipy, which takes a while.
    from bench.host.analysis.boot_statistics import is_wall
    from bench.host.tables import real_time

    stored, problems = load_usable(folder, here)
    alike, notes = comparable({v: found for v, found in stored.items() if is_wall(found)})
    if alike:
        real_time.show(alike, console)
    for note in [*(f"left out: {problem}" for problem in problems), *notes]:
        console.print(f"note: {note}")
