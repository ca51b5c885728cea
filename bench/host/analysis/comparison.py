"""Two results side by side: what each operation costs in both, what it takes of memory, and what got
worse."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bench.host.errors import BenchError
from bench.host.measured import Benchmark, Results, fits, value_unit
from bench.host.running.context import COMPARABLE
from bench.host.stored.collection import differences, other_images

METADATA = "metadata_bytes_peak"

# Named values of which less is better: frames and bytes taken, instructions of a part. And those of
# which more is better. What is in neither is a count of events, or says how the sample went.
LESS = (
    "frames_fork",
    "frames_peak",
    "frames_after_*",
    "frames_per_*",
    "instructions_*",
    "pages_copied_parent",
    METADATA,
)
# Every sample knows the bytes of metadata; they have a row where they are what is looked at.
METADATA_FAMILIES = ("memory", "metadata", "fork_wide", "fork_deep")
MORE = ("children", "frames_shared_saved")
NEITHER = (
    "frames_after_exit",  # 0, or the run fails
    "frames_per_child",  # of capacity: 0 where no child fits
    "instructions_overhead",  # of the measuring
)

# May differ between the two sides of a comparison, and is said: the benchmarks that were asked for,
# and how heaps get their pages.
MAY_DIFFER = ("arguments", "heap")
LAZY_FLAG = "-DLAZY_HEAP"


@dataclass(frozen=True)
class Side:
    """What is compared, and what it is called in tables: the variant, or the file."""

    label: str
    results: Results


@dataclass(frozen=True)
class Row:
    """One number of both sides."""

    benchmark: str
    quantity: str  # "time", or the name of a value
    unit: str
    base: float
    other: float
    more_is_better: bool = False
    within_layouts: bool = False  # less than the cost depends on where things lie in memory

    @property
    def worse(self) -> float:
        """By which part of the base the other one is worse; negative where it is better."""
        if self.base == self.other:
            return 0
        if self.base == 0:
            return -math.inf if self.more_is_better else math.inf
        change = (self.other - self.base) / self.base
        return -change if self.more_is_better else change


@dataclass(frozen=True)
class Comparison:
    """All that two results have in common, in the order of the first, and what they have not."""

    base: Side
    other: Side
    rows: list[Row]
    only_base: list[str]
    only_other: list[str]
    gone: list[str]  # what the other one lacks, with times and values of benchmarks that both have
    notes: list[str]

    def worse_than(self, limit: float) -> list[Row]:
        """Rows that are worse by more than a part of the base: 0.05 is 5 %."""
        return [row for row in self.rows if row.worse > limit]


def compare(
    base: Side, others: Sequence[Side], patterns: list[str] | None = None
) -> list[Comparison]:
    """Each of the others with the base. Raises BenchError where two were not measured alike, or have
    nothing in common."""
    for other in others:
        unlike = unlike_machines(base.results, other.results)
        if unlike:
            raise BenchError(
                f"{base.label} and {other.label} were not measured alike: {'; '.join(unlike)}; "
                "measure both with the same machine and tools"
            )
    return [_compare(base, other, patterns) for other in others]


def _compare(base: Side, other: Side, patterns: list[str] | None) -> Comparison:
    ours, theirs = (_chosen(side.results, patterns) for side in (base, other))
    for pattern in patterns or []:
        if not any(_chosen(side.results, [pattern]) for side in (base, other)):
            raise BenchError(
                f"neither {base.label} nor {other.label} has a benchmark that fits {pattern!r}"
            )
    rows = [
        row
        for name, benchmark in ours.items()
        if name in theirs
        for row in _rows(benchmark, theirs[name], _layout_spread(name, base.results, other.results))
    ]
    if not rows:
        raise BenchError(
            f"{base.label} and {other.label} have no benchmark in common"
            + (f" that fits {' '.join(patterns)}" if patterns else "")
        )
    return Comparison(
        base,
        other,
        rows,
        only_base=[name for name in ours if name not in theirs],
        only_other=[name for name in theirs if name not in ours],
        gone=list(_gone(ours, theirs)),
        notes=_notes(base, other),
    )


def _gone(base: dict[str, Benchmark], other: dict[str, Benchmark]) -> Iterator[str]:
    for name, benchmark in base.items():
        if name not in other:
            yield name
            continue
        if benchmark.timed and not other[name].timed:
            yield f"{name} (time)"
        for key in compared_values(benchmark):
            if other[name].value(key) is None:
                yield f"{name} ({key})"


def unlike_machines(one: Results, other: Results) -> list[str]:
    """What keeps two results from being compared at all."""
    keys = [key for key in COMPARABLE if key not in MAY_DIFFER]
    return differences(_without_lazy(one), _without_lazy(other), keys)


def _without_lazy(results: Results) -> Results:
    flags = " ".join(w for w in str(results.context.get("flags")).split() if w != LAZY_FLAG)
    return Results(results.variant, results.context | {"flags": flags}, results.benchmarks)


def _notes(base: Side, other: Side) -> list[str]:
    notes = [
        f"{base.label} and {other.label} differ: {difference}"
        for difference in differences(base.results, other.results, MAY_DIFFER)
    ]
    unlike = other_images(base.results, other.results)
    if unlike:
        names = f"{base.label} and {other.label}"
        notes.append(f"{names} were not measured with the same {', '.join(unlike)}")
    return notes


def _chosen(results: Results, patterns: list[str] | None) -> dict[str, Benchmark]:
    """Benchmarks of the usual layout whose name or family fits a pattern."""
    return {
        benchmark.name: benchmark
        for benchmark in results.usual()
        if not patterns or fits(patterns, benchmark.family, benchmark.name)
    }


def _rows(base: Benchmark, other: Benchmark, layout_spread: float) -> Iterator[Row]:
    if base.timed and other.timed:
        yield _time_row(base, other, layout_spread)
    for key in compared_values(base):
        first, second = base.value(key), other.value(key)
        if first is not None and second is not None:
            more = any(fnmatchcase(key, pattern) for pattern in MORE)
            yield Row(base.name, key, value_unit(key), first, second, more_is_better=more)


def _time_row(base: Benchmark, other: Benchmark, layout_spread: float) -> Row:
    before, after = base.time(), other.time()
    assert before is not None and after is not None  # both are timed
    within = 0 < abs(after - before) <= layout_spread
    unit = f"instructions per {base.unit}"
    return Row(base.name, "time", unit, before, after, within_layouts=within)


def compared_values(benchmark: Benchmark) -> list[str]:
    """Named values that are worth a row, in the order of the patterns."""
    return [
        key
        for pattern in LESS + MORE
        for key in benchmark.keys
        if fnmatchcase(key, pattern)
        and key not in NEITHER
        and (key != METADATA or benchmark.family in METADATA_FAMILIES)
    ]


def _layout_spread(name: str, *several: Results) -> float:
    """The widest that the medians of a benchmark lie apart in one of the results, under all layouts of
    memory and image; 0 where only one was measured."""
    spreads = [results.over_layouts(name) for results in several]
    return max((max(times) - min(times) for times in spreads if times), default=0.0)
