"""Which functions the instructions of a benchmark are of: on a terminal, as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from bench.host.attribution.rows import Pair, Row, Where
from bench.host.display.markdown import table as markdown_table
from bench.host.display.terminal import UNLIMITED, new_table, verbatim_console
from bench.host.text import number

PLACE = ("function", "inlined in", "source")


@dataclass(frozen=True)
class Grid:
    """A table before it has a form."""

    title: str
    heads: tuple[str, ...]  # of the numbers; the columns before them are those of PLACE
    lines: list[tuple[Where, list[float]]]
    total: list[float]
    notes: list[str]


@dataclass(frozen=True)
class Unit:
    """What an operation is, and how many a sample has. With several there is a column for one of them."""

    name: str
    operations: int

    def each(self, *values: float) -> list[float]:
        return [value / self.operations for value in values] if self.operations > 1 else []

    def heads(self, *heads: str) -> tuple[str, ...]:
        return (
            tuple(f"{head} per {self.name}".strip() for head in heads)
            if self.operations > 1
            else ()
        )


def explained(title: str, rows: Sequence[Row], unit: Unit, notes: list[str]) -> Grid:
    """All rows of one sample."""
    instructions, cycles = sum(r.instructions for r in rows), sum(r.cycles for r in rows)

    def numbers(count: int, estimate: float) -> list[float]:
        return [
            count,
            *unit.each(count),
            100 * count / instructions,
            estimate,
            100 * estimate / cycles,
        ]

    heads = ("instructions", *unit.heads(""), "%", "estimated cycles", "% of cycles")
    lines = [(row.where, numbers(row.instructions, row.cycles)) for row in rows]
    return Grid(title, heads, lines, numbers(instructions, cycles), notes)


def compared(
    title: str, names: tuple[str, str], pairs: Sequence[Pair], unit: Unit, notes: list[str]
) -> Grid:
    """The rows in which two samples differ, and the rest in one row."""

    def numbers(several: Sequence[Pair]) -> list[float]:
        base = sum(pair.base.instructions for pair in several)
        other = sum(pair.other.instructions for pair in several)
        cycles = sum(p.base.cycles for p in several), sum(p.other.cycles for p in several)
        return [base, other, other - base, *unit.each(other - base), *cycles, cycles[1] - cycles[0]]

    a, b = names
    heads = (
        a,
        b,
        "difference",
        *unit.heads("difference"),
        f"cycles, {a}",
        f"cycles, {b}",
        "difference of cycles",
    )
    lines = [(pair.where, numbers([pair])) for pair in pairs if pair.more]
    same = [pair for pair in pairs if not pair.more]
    if same:
        what = f"{len(same)} places with as many instructions in both"
        lines.append((Where(what, "", ""), numbers(same)))
    return Grid(title, heads, lines, numbers(pairs), notes)


def show(console: Console, grid: Grid) -> None:
    table = new_table(grid.title, *PLACE)
    for head in grid.heads:
        table.add_column(head, justify="right")
    for where, numbers in grid.lines:
        table.add_row(*_place(where), *_cells(grid, numbers))
    table.add_section()
    table.add_row("all", "", "", *_cells(grid, grid.total))
    console.print(table)
    for note in grid.notes:
        console.print(note, soft_wrap=True)


def text(grid: Grid) -> str:
    """What a terminal shows, in lines as long as they have to be."""
    out = io.StringIO()
    show(verbatim_console(out, UNLIMITED), grid)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def markdown(grid: Grid) -> str:
    lines = [*grid.lines, (Where("all", "", ""), grid.total)]
    rows = [[*_place(where), *_cells(grid, numbers)] for where, numbers in lines]
    table = markdown_table([*PLACE, *(head for head in grid.heads)], rows, "lllr")
    return "\n\n".join([f"**{grid.title}**", table, *grid.notes]) + "\n"


def to_csv(grid: Grid) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["mode", *PLACE[:2], "file", "line", "text", *grid.heads])
    for where, numbers in grid.lines:
        place = [
            where.mode,
            where.function,
            where.inlined_in,
            where.file,
            where.line or "",
            where.text,
        ]
        writer.writerow([*place, *(round(n, 4) if n % 1 else int(n) for n in numbers)])
    return out.getvalue()


def _place(where: Where) -> tuple[str, str, str]:
    line = f":{where.line}  {where.text}" if where.line else ""
    return where.function, where.inlined_in, where.file + line


def _cells(grid: Grid, numbers: Sequence[float]) -> list[str]:
    """Differences with their sign; cycles with the digits with which they add up."""
    return [_cell(head, value) for head, value in zip(grid.heads, numbers, strict=True)]


def _cell(head: str, value: float) -> str:
    if head.startswith("%"):
        return f"{value:.1f}"
    text = f"{value:,.2f}" if "cycles" in head or value % 1 else number(value)
    return f"+{text}" if head.startswith("difference") and value > 0 else text
