"""Results of a variant, and budgets, as tables on a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.table import Table

from bench.host.analysis.budget import Row
from bench.host.display.terminal import needed_width, new_table
from bench.host.measured import Benchmark, Results
from bench.host.stored.collection import baseline_for
from bench.host.text import number, ratio

Column = tuple[str, Callable[[Benchmark], str]]  # heading, and what stands in it

NOTES = """\
The unit is instructions: 1 instruction = 1 ns of guest time under the exact clock.
Hardware gives another factor in time than in instructions. After fork the parent goes
on; the child runs when the parent waits. eager copies the pages of the text too.
first: the very first iteration, where it differs from all samples; it is in no statistic.
copied, reused: write faults that copied a page, or made it writable in place. least
free: the lowest number of free frames in the region."""
MEMORY_VALUES = {
    "frames_fork": "after\nfork",
    "frames_after_0": "wrote\n0 %",
    "frames_after_10": "10 %",
    "frames_after_50": "50 %",
    "frames_after_100": "100 %",
    "frames_after_exit": "after\nexit",
}


def times(result: Results, base: Results | None, width: int) -> Table:
    """Cost of each operation, its spread, and the kernel's counters for it; in a narrow terminal
    columns are left out, the last ones of these first."""
    timed = [b for b in result.usual() if b.timed]
    groups = [[_time_column("median")]]
    if base is not None and base.variant != result.variant:
        groups.append([_ratio_column(base)])
    groups.append([_time_column("min"), _time_column("max")])
    if any(_first(b) != "" for b in timed):
        groups.append([("first", _first)])
    groups.append([_time_column("p99"), ("samples", lambda b: str(b.repetitions))])
    groups.append(
        [
            _counter_column("copied", "faults_copy"),
            _counter_column("reused", "faults_reuse"),
            _counter_column("least free", "frames_free_low"),
        ]
    )
    table = _times(result, timed, groups)
    while len(groups) > 1 and needed_width(table) > width:
        table = _times(result, timed, groups := groups[:-1])
    return table


def _times(result: Results, timed: list[Benchmark], groups: list[list[Column]]) -> Table:
    columns = [column for group in groups for column in group]
    table = new_table(f"{result.variant}: instructions per operation", "benchmark", "per")
    for title, _ in columns:
        table.add_column(title, justify="right", no_wrap=True)
    for _, family in groupby(timed, key=lambda b: b.family):
        for benchmark in family:
            cells = [cell(benchmark) for _, cell in columns]
            table.add_row(benchmark.name, benchmark.unit, *cells)
        table.add_section()
    return table


def _time_column(statistic: str) -> Column:
    return statistic, lambda benchmark: number(benchmark.time(statistic))


def _first(benchmark: Benchmark) -> str:
    """The first iteration, where it is none of the samples' times."""
    first, low, high = (benchmark.time(statistic) for statistic in ("first", "min", "max"))
    if first is None or low is None or high is None or low <= first <= high:
        return ""
    return number(first)


def _ratio_column(base: Results) -> Column:
    return f"than {base.variant}", lambda benchmark: ratio(
        benchmark.time(), base.time(benchmark.name)
    )


def _counter_column(title: str, key: str) -> Column:
    return title, lambda benchmark: number(benchmark.value(key))


def memory(result: Results) -> Table:
    """Frames in use more than before the fork."""
    title = f"{result.variant}: frames used by a fork and its child's writes; reference metadata"
    table = new_table(title, "benchmark")
    for column in [*MEMORY_VALUES.values(), "bytes\nat peak"]:
        table.add_column(column, justify="right", no_wrap=True)
    for benchmark in result.usual("memory"):
        cells = [number(benchmark.value(key)) for key in MEMORY_VALUES]
        table.add_row(benchmark.name, *cells, number(benchmark.value("metadata_bytes_peak")))
    return table


def values(result: Results, family: str, width: int) -> RenderableType:
    """What a family gives beside the time: a line for each of its benchmarks, or for each value
    where there are many, or the line is too short; where no line is long enough, several tables."""
    names = result.values()[family]
    members = result.usual(family)
    points = [benchmark.name.removeprefix(f"{family}/") for benchmark in members]
    cells = [[number(benchmark.value(name)) for name in names] for benchmark in members]
    return _values(f"{result.variant}: {family}", names, points, cells, width)


def _values(
    title: str, names: list[str], points: list[str], cells: list[list[str]], width: int
) -> RenderableType:
    upright = list(zip(names, *cells))
    forms = [_grid(title, "value", [re.sub("[/:]", "\n", p) for p in points], upright)]
    forms.append(_grid(title, "value", [p.replace("/", "\n") for p in points], upright))
    if len(names) <= 4:
        forms.append(_grid(title, "benchmark", names, zip(points, *zip(*cells))))
    fitting = next((form for form in reversed(forms) if needed_width(form) <= width), None)
    if fitting is not None or len(points) == 1:
        return fitting or forms[0]
    half = len(points) // 2
    return Group(
        _values(title, names, points[:half], cells[:half], width),
        _values(title, names, points[half:], cells[half:], width),
    )


def _grid(title: str, first: str, columns: list[str], lines: Iterable[tuple[str, ...]]) -> Table:
    table = new_table(title, first)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for line in lines:
        table.add_row(*line)
    return table


def layouts(result: Results) -> Table:
    """How much a number depends on where things lie in memory and in the image."""
    count = len(result.context["layouts"])
    title = f"{result.variant}: spread over {count} layouts of memory and kernel image (medians)"
    table = new_table(title, "benchmark", "per")
    for column in ("usual layout", "lowest", "highest", "spread"):
        table.add_column(column, justify="right", no_wrap=True)
    for benchmark in result.usual():
        if not (medians := result.over_layouts(benchmark.name)):
            continue
        usual, low, high = medians[0], min(medians), max(medians)
        spread = f"{100 * (high - low) / usual:.2f} %" if usual else "–"
        table.add_row(benchmark.name, benchmark.unit, *map(number, (usual, low, high)), spread)
    return table


def budgets(rows: list[Row], width: int) -> Table:
    """In a narrow terminal the units stand below what was measured."""
    table = _budgets(rows, apart=True)
    return table if needed_width(table) <= width else _budgets(rows, apart=False)


def _budgets(rows: list[Row], apart: bool) -> Table:
    table = new_table("Budgets")
    table.add_column("what")
    table.add_column("variant", no_wrap=True)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("budget", no_wrap=True)
    if apart:
        table.add_column("unit", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        what, unit = row.what.en, row.unit.en
        words = ("at most", "at least") if apart else ("≤", "≥")
        low = row.limit.at_least
        table.add_row(
            what if apart else f"{what}\n  {unit}",
            row.variant,
            number(row.measured),
            f"{words[low is not None]} {number(row.limit.at_most if low is None else low)}",
            *([unit] if apart else []),
            "ok" if row.kept else "MISSED",
            style=None if row.kept else "bold red",
        )
    return table


def report(result: Results, base: Results | None, width: int) -> RenderableType:
    """All tables of one variant but the budgets."""
    parts: list[RenderableType] = [times(result, base, width)]
    for family, names in result.values().items():
        if names:
            parts.append(memory(result) if family == "memory" else values(result, family, width))
    if len(result.context["layouts"]) > 1:
        parts.append(layouts(result))
    rejected = sum(b.rejected for b in result.benchmarks.values())
    parts.append(NOTES + f"\n{rejected} samples rejected for a tick or a context switch in them.")
    return Group(*parts)


def show(result: Results, stored: dict[str, Results], console: Console) -> None:
    base, note = baseline_for(result, stored)
    console.print(report(result, base, console.width))
    if note:
        console.print(f"note: {note}")
