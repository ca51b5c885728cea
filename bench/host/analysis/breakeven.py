"""The break-even point of writing: of how many percent of its pages a child may write before sharing
them costs more than copying all of them at fork.

    breakeven.percent(results, eager, 1024)        # 93.4, or None
    breakeven.words(breakeven.find(results, eager, 1024))
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bench.host.measured import Results

FAMILY = "fork_touch"


@dataclass(frozen=True)
class BreakEven:
    """Where a variant begins to lose to the baseline, as the percent of pages written grows."""

    kind: Literal["above", "never", "always", "unclear"]  # loses: above a percent, or so
    percent: float | None  # with "above" only; between measured percents it is interpolated
    pages: int
    family: str
    measured: tuple[int, ...]  # the percents that both were measured at


def percent(
    results: Results, eager: Results, pages: int | None = None, family: str = FAMILY
) -> float | None:
    """Percent of pages written above which the variant costs more than eager; None where it never
    does, or always, or where that was not measured: `find` tells which."""
    found = find(results, eager, pages, family)
    return None if found is None else found.percent


def find(
    results: Results, eager: Results, pages: int | None = None, family: str = FAMILY
) -> BreakEven | None:
    """None where the two have not at least two percents in common. Without `pages`, the largest heap
    that both were measured with."""
    pages = _largest(results, eager, family) if pages is None else pages
    if pages is None:
        return None
    ours, theirs = _by_percent(results, family, pages), _by_percent(eager, family, pages)
    percents = tuple(sorted(ours.keys() & theirs.keys()))
    if len(percents) < 2:
        return None
    more = [(p, ours[p] - theirs[p]) for p in percents]
    kind, point = _crossing(more)
    return BreakEven(kind, point, pages, family, percents)


def _crossing(
    more: list[tuple[int, float]]
) -> tuple[Literal["above", "never", "always", "unclear"], float | None]:
    """From what the variant costs more (or less) at each percent."""
    loses = [difference > 0 for _, difference in more]
    if not any(loses):
        return "never", None
    if all(loses):
        return "always", None
    first = loses.index(True)
    if first == 0 or not all(loses[first:]):
        return "unclear", None  # it loses, then wins: no single point
    # Both costs grow in proportion to the pages written, so a straight line leads from one to the
    # next.
    (low, before), (high, after) = more[first - 1], more[first]
    return "above", low + (high - low) * -before / (after - before)


def words(found: BreakEven, name: str, base: str) -> str:
    """As a sentence; `name` and `base` say who is compared."""
    heap = f"a heap of {found.pages:,} pages"
    if found.kind == "above":
        return f"{name} costs more than {base} when the child writes more than {found.percent:.1f} % of {heap}"
    if found.kind == "never":
        return f"{name} never costs more than {base}, whatever the child writes of {heap}"
    if found.kind == "always":
        return f"{name} always costs more than {base}, even where the child writes little of {heap}"
    return f"{name} costs now more, now less than {base}, without a single break-even for {heap}"


def _by_percent(results: Results, family: str, pages: int) -> dict[int, float]:
    """Medians by percent of pages."""
    found = {}
    for name, benchmark in results.benchmarks.items():
        match = re.fullmatch(rf"{re.escape(family)}/pages:{pages}/percent:([0-9]+)", name)
        time = benchmark.time()
        if match and time is not None:
            found[int(match[1])] = time
    return found


def _largest(results: Results, eager: Results, family: str) -> int | None:
    sizes = [
        {found.pages for found in each.usual(family) if found.pages is not None}
        for each in (results, eager)
    ]
    return max(sizes[0] & sizes[1], default=None)
