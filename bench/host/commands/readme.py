"""Write the generated parts of README.md and docs/ again, in both languages."""

from __future__ import annotations

from rich.console import Console

from bench.host.options import Options
from bench.host.report import readme
from bench.host.stored.collection import load_alike


def run(options: Options, console: Console) -> int:
    alike, notes = load_alike(options.root / "results")
    changed = readme.update(options.root, alike)
    console.print("written again: " + ", ".join(changed) if changed else "nothing to change")
    for note in notes:
        console.print(f"note: {note}")
    return 0
