"""Draw pictures."""

from __future__ import annotations

import argparse
import os
import shutil

from rich.console import Console

from bench.host.languages import ENGLISH, LANGUAGES
from bench.host.plots import plot
from bench.host.stored.collection import load_alike

HELP = "Draw results/plots again, without measuring; or the main figure in the terminal."
TERMINAL = "ascii"
SCRIPT = "gp"
LINES = 30  # of the figure in a terminal, at most


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=[*plot.FORMATS, TERMINAL, SCRIPT],
        help=f"one kind of picture only; {TERMINAL} draws the main figure in the terminal, {SCRIPT} "
        "writes scripts for gnuplot into build/plots "
        f"(default: {' and '.join(plot.FORMATS)})",
    )
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        default=ENGLISH,
        help="of titles and labels; other languages than English go to build/plots/LANGUAGE "
        "(default: %(default)s)",
    )


def run(options: argparse.Namespace, console: Console) -> int:
    folder = options.root / "results"
    alike, notes = load_alike(folder)
    if options.format == TERMINAL:
        size = shutil.get_terminal_size()
        lines = min(size.lines - 2, LINES)
        print(plot.in_terminal(alike, folder, size.columns, lines, options.language))
    else:
        if options.format == SCRIPT:
            there = options.root / "build" / "plots"
            drawn = plot.write_scripts(folder, alike, there, options.language)
        else:
            formats = [options.format] if options.format else plot.FORMATS
            drawn = plot.draw(folder, alike, formats, options.language)
        for path in drawn.files:
            console.print(os.path.relpath(path, options.root))
        notes += drawn.notes
    for note in notes:
        console.print(f"note: {note}")
    return 0
