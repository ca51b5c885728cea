"""What an operation costs as a line over the heap of the parent: "fork costs a + b per page".

    cost = fork_cost(results)
    cost.fixed, cost.per_page     # a and b
    cost.relative                 # the largest miss, as a part of what was measured
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from bench.host.measured import Results

FAMILIES = ("fork", "fork_exit", "fork_exec")  # whose cost is a line over the pages
LEAST_SIZES = 3  # through two points goes a line that misses nothing, whatever is measured


@dataclass(frozen=True)
class Fit:
    """A line through the medians of a family, in the unit of the results (instructions, or ns)."""

    fixed: float  # of an operation on a process without a heap
    per_page: float  # for each page of the heap
    residual: float  # the largest distance between line and measured value, without sign
    relative: float  # the largest such distance as a part of the measured value: 0.01 is 1 %
    r_squared: float  # of the weighted values: 1 where the line explains all that differs
    points: tuple[tuple[int, float], ...]  # pages and measured value, by size

    def at(self, pages: float) -> float:
        """What the line says for a heap of so many pages."""
        return self.fixed + self.per_page * pages


def fork_cost(results: Results) -> Fit | None:
    return cost(results, "fork")


def cost(results: Results, family: str) -> Fit | None:
    """The line of a family whose only parameter is the number of pages; None with fewer than three
    sizes, or with a cost of zero.

    The weight of a size is one over its measured value, so that what is made small is the sum of
    the squares of the relative misses. Sizes go from no page to 16,384, and costs over three to
    four powers of ten: with equal weights the largest size alone would draw the line, and its
    start, which is what the fixed cost is, could be wrong by more than the fixed cost itself. The
    clock is no reason for other weights: a median has no noise under the exact clock, and under
    the wall clock noise grows with the time as well.
    """
    points = _points(results, family)
    if len(points) < LEAST_SIZES or any(value <= 0 for _, value in points):
        return None
    pages, measured = numpy.array(points, dtype=float).T
    weights = 1 / measured
    per_page, fixed = numpy.polyfit(pages, measured, 1, w=weights)
    misses = numpy.abs(fixed + per_page * pages - measured)
    return Fit(
        fixed=float(fixed),
        per_page=float(per_page),
        residual=float(misses.max()),
        relative=float((misses * weights).max()),
        r_squared=_r_squared(measured, misses, weights),
        points=points,
    )


def _points(results: Results, family: str) -> tuple[tuple[int, float], ...]:
    found = []
    for benchmark in results.usual(family):
        time, pages = benchmark.time(), benchmark.pages
        if list(benchmark.parameters) == ["pages"] and pages is not None and time is not None:
            found.append((pages, time))
    return tuple(sorted(found))


def _r_squared(
    measured: NDArray[numpy.float64],
    misses: NDArray[numpy.float64],
    weights: NDArray[numpy.float64],
) -> float:
    """With the weights of the fit, about the mean that has the same weights."""
    mean = numpy.average(measured, weights=weights**2)
    total = float(((measured - mean) ** 2 * weights**2).sum())
    return 1.0 if total == 0 else 1 - float((misses**2 * weights**2).sum()) / total
