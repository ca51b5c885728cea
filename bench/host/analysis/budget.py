"""What each operation may cost: the measured value beside its budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Literal

from bench.host.stored.results import Results
from bench.host.variants import BASELINE

# Costs per page are the difference between these two sizes, divided by their distance: it leaves
# out what does not grow with the process.
LARGE, SMALL = 4096, 0


@dataclass(frozen=True)
class Budget:
    """A limit on a value of each variant that a pattern names. Where several budgets of the same
    value name a variant, the first one counts."""

    what: str
    unit: str
    variants: str  # patterns with a space between
    value: Callable[[Results], float | None]
    limit: float

    def names(self, variant: str) -> bool:
        return any(fnmatch(variant, pattern) for pattern in self.variants.split())


@dataclass(frozen=True)
class Ratio:
    """A limit on one variant's value divided by another's."""

    what: str
    above: str
    below: str
    benchmark: str
    limit: float
    direction: Literal["at least", "at most"]


@dataclass(frozen=True)
class Row:
    """A line of the budget table."""

    what: str
    variant: str
    unit: str
    measured: float
    limit: float
    direction: str

    @property
    def kept(self) -> bool:
        if self.direction == "at least":
            return self.measured >= self.limit
        return self.measured <= self.limit


def _time(name: str) -> Callable[[Results], float | None]:
    return lambda results: results.time(name)


def _per_page(family: str) -> Callable[[Results], float | None]:
    def slope(results: Results) -> float | None:
        large = results.time(f"{family}/pages:{LARGE}")
        small = results.time(f"{family}/pages:{SMALL}")
        if large is None or small is None:
            return None
        return (large - small) / (LARGE - SMALL)

    return slope


def _metadata_per_unshared(results: Results) -> float | None:
    """Bytes of reference metadata for each page of a process that shares none: it has had a child
    that shared all, which is gone, and has written to all since."""
    value = results.value(f"write_last/pages:{LARGE}", "metadata_bytes")
    return None if value is None else value / LARGE


_COW = "cow-*"
_ARRAY = "cow-array cow-reuse"  # the same store and the same fork

BUDGETS = (
    Budget("null system call", "instructions", "*", _time("null"), 95),
    Budget("fork, tiny process", "instructions", _ARRAY, _time("fork/pages:0"), 950),
    Budget("fork, tiny process", "instructions", _COW, _time("fork/pages:0"), 4_000),
    Budget("fork + exit + wait, tiny", "instructions", _COW, _time("fork_exit/pages:0"), 9_000),
    Budget(
        "fork + exec + exit + wait, tiny", "instructions", _ARRAY, _time("fork_exec/pages:0"), 7_000
    ),
    Budget(
        "fork + exec + exit + wait, tiny", "instructions", _COW, _time("fork_exec/pages:0"), 25_000
    ),
    Budget("fork, per resident page", "instructions per page", BASELINE, _per_page("fork"), 1_150),
    Budget("fork, per resident page", "instructions per page", _ARRAY, _per_page("fork"), 13),
    Budget(
        "fork + exit + wait, 4,096 pages",
        "instructions",
        _ARRAY,
        _time("fork_exit/pages:4096"),
        98_000,
    ),
    Budget(
        "fork + exit + wait, 4,096 pages",
        "instructions",
        "cow-hash",
        _time("fork_exit/pages:4096"),
        300_000,
    ),
    Budget(
        "write fault that copies",
        "instructions per page",
        _COW,
        _time("write_copy/pages:4096"),
        1_450,
    ),
    Budget(
        "write fault by the last owner",
        "instructions per page",
        "cow-reuse",
        _time("write_last/pages:4096"),
        200,
    ),
    Budget("reading a file", "instructions per byte", "*", _time("file_read"), 1),
    Budget("writing a file", "instructions per byte", "*", _time("file_write"), 4),
    Budget(
        "reference metadata of an unshared page",
        "bytes per page",
        "cow-hash",
        _metadata_per_unshared,
        0,
    ),
)

RATIOS = (
    Ratio("fork, 4,096 pages", BASELINE, "cow-array", "fork/pages:4096", 40, "at least"),
    Ratio(
        "write by the last owner, 4,096 pages",
        "cow-array",
        "cow-reuse",
        "write_last/pages:4096",
        7,
        "at least",
    ),
    Ratio("fork, 4,096 pages", "cow-hash", "cow-array", "fork/pages:4096", 2.5, "at most"),
)


def rows(results: dict[str, Results], only: set[str] | None = None) -> list[Row]:
    """All budgets that can be looked at with these results; with `only`, those of its variants."""
    wanted = set(results) if only is None else only
    found: list[Row] = []
    for budget in BUDGETS:
        for variant, result in results.items():
            value = budget.value(result)
            if variant not in wanted or value is None or not budget.names(variant):
                continue
            if not any((row.what, row.variant) == (budget.what, variant) for row in found):
                found.append(Row(budget.what, variant, budget.unit, value, budget.limit, "at most"))
    for ratio in RATIOS:
        above, below = results.get(ratio.above), results.get(ratio.below)
        if above is None or below is None or wanted.isdisjoint({ratio.above, ratio.below}):
            continue
        over, under = above.time(ratio.benchmark), below.time(ratio.benchmark)
        if over is not None and under:
            names = f"{ratio.above} / {ratio.below}"
            found.append(
                Row(ratio.what, names, "ratio", over / under, ratio.limit, ratio.direction)
            )
    return found
