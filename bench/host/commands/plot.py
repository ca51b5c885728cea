"""Draw results/plots again, without measuring; or the main figure in the terminal."""

from __future__ import annotations

import os
import shutil

from rich.console import Console

from bench.host.options import Options
from bench.host.plots import plot
from bench.host.stored.collection import load_alike

TERMINAL = "ascii"
SCRIPT = "gp"
LINES = 30  # of the figure in a terminal, at most


def run(options: Options, console: Console) -> int:
    folder = options.root / "results"
    alike, notes = load_alike(folder)
    if options.format == TERMINAL:
        size = shutil.get_terminal_size()
        lines = min(size.lines - 2, LINES)
        print(plot.in_terminal(alike, size.columns, lines, options.language))
    else:
        if options.format == SCRIPT:
            there = options.root / "build" / "plots"
            drawn = plot.write_scripts(alike, there, options.language)
        else:
            formats = [options.format] if options.format else plot.FORMATS
            drawn = plot.draw(folder, alike, formats, options.language)
        for path in drawn.files:
            console.print(os.path.relpath(path, options.root))
        notes += drawn.notes
    for note in notes:
        console.print(f"note: {note}")
    return 0
