"""Estimated cycles on a terminal, as Markdown or as CSV: a line for each benchmark and variant, with what its
estimate is made of."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from bench.host.cores import PARTS, Core
from bench.host.display import markdown
from bench.host.display.terminal import new_table
from bench.host.text import number

HEADS = ("benchmark", "variant", "for each", "instructions", "estimated cycles")
CSV_HEADS = ("benchmark", "variant", "unit", "instructions", "cycles")


@dataclass(frozen=True)
class Estimate:
    """Of one operation of a benchmark."""

    benchmark: str
    variant: str
    unit: str
    instructions: float
    parts: dict[str, float]  # cycles

    @property
    def cycles(self) -> float:
        return sum(self.parts.values())


def show(core: Core, rows: Sequence[Estimate], form: str, console: Console) -> None:
    heads = [*HEADS, *(f"{part}, %" for part in PARTS)]
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([*CSV_HEADS, *(f"cycles_{part}" for part in PARTS)])
        for row in rows:
            cycles = [round(value, 3) for value in (row.cycles, *row.parts.values())]
            writer.writerow([row.benchmark, row.variant, row.unit, row.instructions, *cycles])
        return
    cells = [
        [
            row.benchmark,
            row.variant,
            row.unit,
            number(row.instructions),
            number(row.cycles),
            *shares(row),
        ]
        for row in rows
    ]
    if form == "markdown":
        print(f"Estimates for {core.title.en}\n")
        print(markdown.table(heads, cells, "lllr"))
    else:
        table = new_table(f"Estimates for {core.title.en}", *HEADS[:3])
        for head in heads[len(HEADS[:3]) :]:
            table.add_column(head, justify="right")
        last = ""
        for name, *others in cells:
            table.add_row("" if name == last else name, *others)
            last = name
        console.print(table)
    console.print("An estimate gives an order and ratios, never the cycles of a board.")
    console.print(core.error.en.strip())


def shares(row: Estimate) -> list[str]:
    """Each part in percent of the whole."""
    return [f"{100 * cycles / row.cycles:.0f}" if cycles else "" for cycles in row.parts.values()]
