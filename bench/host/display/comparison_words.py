"""A comparison in plain words. What is compared are instructions, so there is no "faster" in it."""

from __future__ import annotations

from collections.abc import Iterator

from bench.host.analysis import breakeven, fit
from bench.host.analysis.comparison import Comparison, Row
from bench.host.measured import Benchmark, Results
from bench.host.text import factor, number
from bench.host.variants import BASELINE

# What a family shows with the usual heap, or the largest that was measured.
USUAL_PAGES = 4096
OPERATIONS = {
    "fork": "fork of {size}",
    "fork_exit": "fork, exit and wait of {size}",
    "fork_exec": "fork, exec, exit and wait of {size}",
    "write_copy": "write to a shared page",
    "write_last": "write to a page whose other owner is gone",
}
# Values that are worth a sentence where they were measured.
VALUES = {
    ("snapshot", "instructions_pause"): "snapshot, pause of the parent",
    ("snapshot", "frames_peak"): "snapshot, frames at the peak",
    ("prefork", "frames_per_worker"): "prefork, frames for each worker",
    ("capacity", "children"): "capacity, children that fit",
}
FRAME_BYTES = 4096


def compared(row: Row) -> str:
    """One row: how the second value stands to the first."""
    if row.base == row.other:
        return "same"
    if row.base == 0 or row.other == 0:
        return "from 0" if row.base == 0 else "to 0"
    return factor(row.other / row.base) + (" *" if row.within_layouts else "")


def sentences(comparison: Comparison) -> list[str]:
    """What a reader asks first."""
    rows = {(row.benchmark, row.quantity): row for row in comparison.rows}
    said = [
        *_operations(rows),
        *_values(comparison, rows),
        *_lines(comparison, rows),
        *_break_even(comparison),
    ]
    return said


def _operations(rows: dict[tuple[str, str], Row]) -> Iterator[str]:
    for family, what in OPERATIONS.items():
        pages = _heap(rows, family)
        if pages is None:
            continue
        sentence = _time(rows[f"{family}/pages:{pages}", "time"])
        frames = rows.get((f"memory/pages:{pages}", "frames_fork"))
        if family == "fork" and frames is not None and frames.base:
            sentence += f", {_frames(frames.other / frames.base)}"
        yield f"{what.format(size=_size(pages))}: {sentence}"


def _values(comparison: Comparison, rows: dict[tuple[str, str], Row]) -> Iterator[str]:
    benchmarks = comparison.base.results.benchmarks
    for (family, key), what in VALUES.items():
        fitting = [row for (name, k), row in rows.items() if k == key]
        fitting = [row for row in fitting if benchmarks[row.benchmark].family == family]
        if fitting:
            row = max(fitting, key=lambda row: rank(benchmarks[row.benchmark]))
            parameters = row.benchmark.partition("/")[2].replace("/", ", ").replace(":", " ")
            what += f" ({parameters})" if parameters else ""
            values = f"{number(row.base)} and {number(row.other)}"
            one_has_none = 0 in (row.base, row.other)
            yield f"{what}: " + (
                f"{values} {row.unit}" if one_has_none else f"{_time(row)} ({values})"
            )


def rank(benchmark: Benchmark) -> tuple[bool, list[int]]:
    """The usual heap comes first; else more is more telling."""
    return benchmark.pages == USUAL_PAGES, list(benchmark.parameters.values())


def _time(row: Row) -> str:
    unit = row.unit.partition(" per ")[0]
    words = compared(row).removesuffix(" *")
    if words == "same":
        return f"as many {unit}"
    return words.replace("×", " times") + f" {unit}"


def _lines(comparison: Comparison, rows: dict[tuple[str, str], Row]) -> Iterator[str]:
    """What a fork costs as a line over the pages; two lines side by side are a claim, too."""
    sides = comparison.base, comparison.other
    found = [fit.fork_cost(side.results) for side in sides]
    if _heap(rows, "fork") is None or None in found:
        return
    usual = rows[f"fork/pages:{_heap(rows, 'fork')}", "time"]
    lines = [
        f"{number(round(line.fixed))} + {line.per_page:,.1f} per page ({side.label})"
        for side, line in zip(sides, found)
        if line is not None
    ]
    miss = max(line.relative for line in found if line is not None)
    unit = usual.unit.partition(" per ")[0]
    yield f"fork costs {' and '.join(lines)}, in {unit}, at most {100 * miss:.1f} % off"


def _break_even(comparison: Comparison) -> Iterator[str]:
    """Between the baseline and another variant, on whichever side it is."""
    sides = [comparison.base, comparison.other]
    sides.sort(key=lambda side: side.results.variant != BASELINE)
    if [side.results.variant == BASELINE for side in sides] == [True, False]:
        eager, other = sides
        found = breakeven.find(other.results, eager.results)
        if found is not None:
            yield breakeven.words(found, other.label, eager.label)


def _heap(rows: dict[tuple[str, str], Row], family: str) -> int | None:
    heaps = [
        int(name.removeprefix(f"{family}/pages:"))
        for name, quantity in rows
        if quantity == "time" and name.startswith(f"{family}/pages:") and name.count("/") == 1
    ]
    if not heaps:
        return None
    return USUAL_PAGES if USUAL_PAGES in heaps else max(heaps)


def _size(pages: int) -> str:
    if pages == 0:
        return "a tiny process"
    size = pages * FRAME_BYTES
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def _frames(part: float) -> str:
    if part <= 1:
        return f"frames {100 * part:.2g} %" if part < 1 else "as many frames"
    return factor(part).replace("×", " times") + " frames"


def conditions(results: Results) -> str:
    """Where the numbers of a comparison come from."""
    context = results.context
    harts = "1 hart" if context["harts"] == 1 else f"{context['harts']} harts"
    if any("harts" in benchmark.parameters for benchmark in results.benchmarks.values()):
        harts += " where a benchmark does not say"
    return f"exact clock, {harts}, {context['memory']} of memory"
