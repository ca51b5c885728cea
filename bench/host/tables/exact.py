"""Results of the exact clock, and budgets, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.table import Table

from bench.host.analysis.budget import Row
from bench.host.stored.collection import baseline_for
from bench.host.stored.results import Results, Summary
from bench.host.tables.terminal import new_table
from bench.host.text import number, ratio

# Characters a line needs for the samples and p99, and for the kernel's counters as well, with a
# name of NAME characters.
NAME, MIDDLE, WIDE = 22, 104, 136

NOTES = """\
The unit is instructions: 1 instruction = 1 ns of guest time under the exact clock.
Hardware gives another factor in time than in instructions. After fork the parent goes
on; the child runs when the parent waits. eager copies the pages of the text too.
first: the very first iteration, where it differs from all samples; it is in no statistic.
copied, reused: write faults that copied a page, or made it writable in place. least
free: the lowest number of free frames in the region."""
MEMORY_VALUES = {
    "frames_fork": "after fork",
    "frames_after_0": "wrote 0 %",
    "frames_after_10": "10 %",
    "frames_after_50": "50 %",
    "frames_after_100": "100 %",
    "frames_after_exit": "after exit",
}


def times(result: Results, base: Results | None, width: int) -> Table:
    """Cost of each operation, its spread, and the kernel's counters for it."""
    table = new_table(f"{result.variant}: instructions per operation", "benchmark", "per")
    timed = [s for s in result.summaries.values() if s.timed and not s.layout]
    width -= max([len(s.name) - NAME for s in timed if len(s.name) > NAME], default=0)
    columns = [_time_column(statistic) for statistic in ("median", "min", "max")]
    if any(_first(s) != "" for s in timed):
        columns.append(("first", _first))
    if width >= MIDDLE:
        columns += [_time_column("p99"), ("samples", lambda s: str(s.repetitions))]
    if base is not None and base.variant != result.variant:
        columns.append(_ratio_column(base))
    if width >= WIDE:
        columns.append(_counter_column("copied", "faults_copy"))
        columns.append(_counter_column("reused", "faults_reuse"))
        columns.append(_counter_column("least free", "frames_free_low"))
    for title, _ in columns:
        table.add_column(title, justify="right", no_wrap=True)
    for _, family in groupby(timed, key=lambda s: s.family):
        for summary in family:
            cells = [cell(summary) for _, cell in columns]
            table.add_row(summary.name, summary.unit, *cells)
        table.add_section()
    return table


def _time_column(statistic: str) -> tuple[str, Callable[[Summary], str]]:
    return statistic, lambda summary: number(summary.time(statistic))


def _first(summary: Summary) -> str:
    """The first iteration, where it is none of the samples' times."""
    first, low, high = (summary.time(statistic) for statistic in ("first", "min", "max"))
    if first is None or low is None or high is None or low <= first <= high:
        return ""
    return number(first)


def _ratio_column(base: Results) -> tuple[str, Callable[[Summary], str]]:
    return f"than {base.variant}", lambda summary: ratio(summary.time(), base.time(summary.name))


def _counter_column(title: str, key: str) -> tuple[str, Callable[[Summary], str]]:
    return title, lambda summary: number(summary.value(key))


def memory(result: Results) -> Table:
    """Frames in use more than before the fork."""
    title = f"{result.variant}: frames used by a fork and its child's writes; reference metadata"
    table = new_table(title, "benchmark")
    for column in [*MEMORY_VALUES.values(), "bytes at peak"]:
        table.add_column(column, justify="right", no_wrap=True)
    for summary in result.summaries.values():
        if summary.family != "memory":
            continue
        cells = [number(summary.value(key)) for key in MEMORY_VALUES]
        table.add_row(summary.name, *cells, number(summary.value("metadata_bytes_peak")))
    return table


def values(result: Results, family: str) -> Table:
    """What a family gives beside the time: a line for each of its benchmarks, or for each value
    where there are many."""
    names = result.context["values"][family]
    members = [s for s in result.summaries.values() if s.family == family and not s.layout]
    upright = len(names) > 4
    table = new_table(f"{result.variant}: {family}", "value" if upright else "benchmark")
    points = [summary.name.removeprefix(f"{family}/") for summary in members]
    for column in points if upright else names:
        table.add_column(column, justify="right", no_wrap=True)
    cells = [[number(summary.value(name)) for name in names] for summary in members]
    lines = zip(names, *cells) if upright else zip(points, *zip(*cells))
    for line in lines:
        table.add_row(*line)
    return table


def layouts(result: Results) -> Table:
    """How much a number depends on where things lie in memory and in the image."""
    seeds = [seed for seed in result.context["layouts"] if seed]
    title = f"{result.variant}: spread over {len(seeds) + 1} layouts of memory and kernel image (medians)"
    table = new_table(title, "benchmark", "per")
    for column in ("usual layout", "lowest", "highest", "spread"):
        table.add_column(column, justify="right", no_wrap=True)
    for summary in result.summaries.values():
        others = [result.time(f"{summary.name}/layout:{seed}") for seed in seeds]
        usual = summary.time()
        if summary.layout or usual is None or any(o is None for o in others) or not others:
            continue
        medians = [usual, *(o for o in others if o is not None)]
        low, high = min(medians), max(medians)
        spread = f"{100 * (high - low) / usual:.2f} %" if usual else "–"
        table.add_row(summary.name, summary.unit, *map(number, (usual, low, high)), spread)
    return table


def budgets(rows: list[Row]) -> Table:
    table = new_table("Budgets", "what", "variant")
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("budget", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_row(
            row.what,
            row.variant,
            number(row.measured),
            f"{row.direction} {number(row.limit)}",
            row.unit,
            "ok" if row.kept else "MISSED",
            style=None if row.kept else "bold red",
        )
    return table


def report(result: Results, base: Results | None, width: int) -> RenderableType:
    """All tables of one variant but the budgets."""
    parts: list[RenderableType] = [times(result, base, width)]
    for family, names in result.context["values"].items():
        if names:
            parts.append(memory(result) if family == "memory" else values(result, family))
    if len(result.context["layouts"]) > 1:
        parts.append(layouts(result))
    rejected = sum(int(s.value("rejected") or 0) for s in result.summaries.values())
    parts.append(NOTES + f"\n{rejected} samples rejected for a tick or a context switch in them.")
    return Group(*parts)


def show(result: Results, stored: dict[str, Results], console: Console) -> None:
    base, note = baseline_for(result, stored)
    console.print(report(result, base, console.width))
    if note:
        console.print(f"note: {note}")
