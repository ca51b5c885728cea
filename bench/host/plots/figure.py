"""What a figure is: words, a table made from the results, and how the table is drawn.

A figure is one file of bench/host/figures, which sets FIGURE to a Sweep (curves, drawn by gnuplot) or
to Bars (drawn by matplotlib). Words are in every language, and there is no list to add the file to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench.host.languages import NOTHING, Text
from bench.host.plots.table import Measured, Table


@dataclass(frozen=True, kw_only=True)
class Figure:
    title: Text
    alt: Text  # for readers who cannot see it
    table: Callable[[Measured], Table]


@dataclass(frozen=True)
class Axis:
    label: Text
    column: str = ""  # of the table
    unit: float = 1.0  # one on the axis is so much in the column


@dataclass(frozen=True)
class Curve:
    variant: str
    points: Sequence[tuple[float, ...]]  # x and y
    look: Literal["linespoints", "lines", "points", "circles"] = "linespoints"


@dataclass(frozen=True)
class Label:
    text: Text
    at: str  # a place and further options, as gnuplot writes them


@dataclass(frozen=True)
class Panel:
    """Curves in one pair of axes."""

    curves: list[Curve]
    x: Text = NOTHING  # in place of the axis's own label
    labels: Sequence[Label] = ()
    settings: str = ""  # of gnuplot


@dataclass(frozen=True)
class Drawing:
    panels: list[Panel]
    note: Text = NOTHING  # below the axes


@dataclass(frozen=True, kw_only=True)
class Sweep(Figure):
    """Curves over a quantity: without `draw`, one for each variant."""

    x: Axis
    y: Axis
    settings: str = ""  # of gnuplot: ranges, ticks, logarithmic axes
    draw: Callable[[Table], Drawing] | None = None

    def drawing(self, table: Table) -> Drawing:
        if self.draw is not None:
            return self.draw(table)
        return Drawing([Panel([Curve(v, self.points(rows)) for v, rows in table.by_variant()])])

    def points(self, rows: Sequence[dict[str, float]]) -> list[tuple[float, ...]]:
        x, y = self.x, self.y
        return [(row[x.column] / x.unit, row[y.column] / y.unit) for row in rows]


@dataclass(frozen=True)
class Groups:
    """Upright bars of the variants side by side, in groups."""

    names: dict[str, Text]
    values: dict[tuple[str, str], float]  # by variant and group
    x: Text
    y: Text
    upright: bool = False  # the numbers, where bars are narrow
    width: float = 1.0  # beside other panels


@dataclass(frozen=True)
class Stack:
    """Lying bars, one for each variant, of parts."""

    title: Text
    values: dict[str, dict[str, float]]  # by variant and part
    parts: dict[str, tuple[Text, str, str]]  # words, color and hatch
    x: Text = NOTHING


@dataclass(frozen=True, kw_only=True)
class Bars(Figure):
    panels: Callable[[Table], Sequence[Groups] | Sequence[Stack]]
    height: float = 1.0  # times that of other figures
