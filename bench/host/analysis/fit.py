"""What a fork costs as a line over the heap of the parent: "fork costs a + b per page"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from bench.host.measured import Results

LEAST_SIZES = 3  # through two points goes a line that misses nothing, whatever is measured


@dataclass(frozen=True)
class Fit:
    """A line through the medians of a family, in instructions."""

    fixed: float  # of an operation on a process without a heap
    per_page: float  # for each page of the heap
    relative: float  # the largest miss as a part of the measured value: 0.01 is 1 %


def fork_cost(results: Results) -> Fit | None:
    """None with fewer than three sizes, or with a cost of zero.

    The weight of a size is one over its measured value, so that what is made small is the sum of
    the squares of the relative misses. Sizes go from no page to 16,384, and costs over three to
    four powers of ten: with equal weights the largest size alone would draw the line, and its
    start, which is what the fixed cost is, could be wrong by more than the fixed cost itself.
    """
    points = sorted(
        (found.pages, time)
        for found in results.usual("fork")
        if list(found.parameters) == ["pages"] and (time := found.time()) is not None
    )
    if len(points) < LEAST_SIZES or any(value <= 0 for _, value in points):
        return None
    pages, measured = numpy.array(points, dtype=float).T
    per_page, fixed = numpy.polyfit(pages, measured, 1, w=1 / measured)
    misses = numpy.abs(fixed + per_page * pages - measured) / measured
    return Fit(float(fixed), float(per_page), float(misses.max()))
