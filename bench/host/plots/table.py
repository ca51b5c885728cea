"""The table of a figure: what it shows, taken from the results, and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.host.measured import Benchmark, Results

USUAL_HEAP = 4096  # pages: the heap that a figure of a single size shows, where all have it

Cell = str | float


class LeftOut(Exception):
    """Why a figure cannot be drawn."""


class Unmeasured(LeftOut):
    """For want of results of its benchmarks."""


Measured = dict[str, Results]  # by variant; they may stand side by side


@dataclass(frozen=True)
class Table:
    header: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    notes: list[str] = field(default_factory=list)  # what is not in it

    def to_csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows([_plain(cell) for cell in row] for row in self.rows)
        return text.getvalue()

    def records(self) -> list[dict[str, Any]]:
        """What to_csv holds, with the same digits."""
        rows = ([c if isinstance(c, str) else _number(c) for c in row] for row in self.rows)
        return [dict(zip(self.header, row)) for row in rows]

    @property
    def variants(self) -> list[str]:
        return list(dict.fromkeys(row["variant"] for row in self.records()))

    def by_variant(self, **wanted: Cell) -> list[tuple[str, list[dict[str, Any]]]]:
        """The rows of each variant; with a value of other columns, only those that have it."""
        return [
            (
                variant,
                [
                    row
                    for row in self.records()
                    if row["variant"] == variant and wanted.items() <= row.items()
                ],
            )
            for variant in self.variants
        ]


def _number(value: float) -> float:
    return int(value) if float(value).is_integer() else float(_plain(value))


def _plain(cell: Cell) -> str:
    """Whole numbers without a fraction, others with six digits: more than a picture shows."""
    if isinstance(cell, str):
        return cell
    return f"{cell:.0f}" if float(cell).is_integer() else f"{cell:.6g}"


Found = dict[str, list[Benchmark]]  # of one family, by variant


def found(measured: Measured, *families: str) -> tuple[Found, list[str]]:
    """All benchmarks of these families in the usual layout, by variant, and a note for variants that
    do not have all of the families."""
    by_variant: Found = {}
    without = []
    for variant, results in measured.items():
        each = results.usual(*families)
        if {b.family for b in each} == set(families):
            by_variant[variant] = each
        else:
            without.append(variant)
    names = " and ".join(families)
    if not by_variant:
        raise Unmeasured(f"no results of {names}")
    return by_variant, [f"without {', '.join(without)}: no results of {names}"] if without else []


def common(found: Found, *axes: str) -> tuple[int, ...]:
    """The values of these axes for which all variants have all of the families: with the usual heap,
    or else the largest."""
    shared: set[tuple[int, ...]] | None = None
    for benchmarks in found.values():
        for family in {b.family for b in benchmarks}:
            have = {
                tuple(b.parameters[axis] for axis in axes) for b in benchmarks if b.family == family
            }
            shared = have if shared is None else shared & have
    if not shared:
        raise LeftOut(f"no {' and '.join(axes)} for which all variants were measured")
    return max(shared, key=lambda values: (values[0] == USUAL_HEAP, values))


def time(benchmark: Benchmark) -> float:
    if (measured := benchmark.time()) is None:
        raise LeftOut(f"{benchmark.name} has no time")
    return measured


def value(benchmark: Benchmark, key: str) -> float:
    if (measured := benchmark.value(key)) is None:
        raise LeftOut(f"{benchmark.name} has no value {key}")
    return measured


def size_text(pages: float) -> str:
    """Pages as memory."""
    for unit, size in (("GiB", 2**18), ("MiB", 2**8)):
        if pages >= size:
            return f"{pages / size:g} {unit}"
    return f"{pages * 4:g} KiB"
