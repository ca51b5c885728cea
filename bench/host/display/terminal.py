"""What all tables on a terminal have in common."""

from __future__ import annotations

from typing import TextIO

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

UNLIMITED = 1000  # characters of a line that is not for a terminal
LEAST_NAME = 16  # characters of the name of a benchmark that are together
PLAIN = 180  # characters of a line that no terminal limits


def make_console() -> Console:
    """Standard output; as wide as needed where it is not a terminal."""
    console = verbatim_console()
    return console if console.is_terminal else verbatim_console(width=PLAIN)


def verbatim_console(file: TextIO | None = None, width: int | None = None) -> Console:
    """Text is printed as it is: nothing in it is taken for colors, links or pictures."""
    return Console(file=file, width=width, highlight=False, emoji=False, markup=False)


def needed_width(table: Table) -> int:
    """Characters of a line in which nothing of a table is cut off or wrapped."""
    console = verbatim_console(width=UNLIMITED)
    return Measurement.get(console, console.options, table).maximum


def new_table(title: str | None, *left: str) -> Table:
    """With columns of text, which are aligned to the left, and go on in the next line where they must."""
    table = Table(
        title=title, title_style="bold", title_justify="left", box=box.SIMPLE, pad_edge=False
    )
    for column in left:
        least = LEAST_NAME if column == "benchmark" else None
        table.add_column(column, overflow="fold", min_width=least)
    return table
