"""What each operation may cost: the measured value beside the budget in its benchmark's file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

from bench.host.benchmarks import About, Budget, Limit
from bench.host.languages import Text
from bench.host.measured import Results

RATIO, PAGE = Text("ratio", "比值"), Text("page", "页")


@dataclass(frozen=True)
class Row:
    """A line of the budget table."""

    what: Text
    variant: str  # or "a / b"
    unit: Text
    measured: float
    limit: Limit

    @property
    def kept(self) -> bool:
        if self.limit.at_least is not None:
            return self.measured >= self.limit.at_least
        return self.limit.at_most is not None and self.measured <= self.limit.at_most


def rows(
    results: dict[str, Results], benchmarks: list[About], only: set[str] | None = None
) -> list[Row]:
    """All budgets that can be looked at with these results; with `only`, those of its variants."""
    return [
        row
        for about in benchmarks
        for budget in about.budgets
        for row in _rows(results, about, budget)
        if only is None or not only.isdisjoint(row.variant.split(" / "))
    ]


def _rows(results: dict[str, Results], about: About, budget: Budget) -> Iterator[Row]:
    values = {variant: _value(result, about, budget) for variant, result in results.items()}
    for variant, value in values.items():
        limit = next((each for each in budget.limits if _names(each, variant)), None)
        if value is not None and limit is not None:
            yield Row(budget.what, variant, _unit(about, budget), value, limit)
    for limit in budget.limits:
        above, _, below = limit.variants.partition(" / ")
        over, under = values.get(above), values.get(below)
        if over is not None and under:
            yield Row(budget.what, limit.variants, RATIO, over / under, limit)


def _names(limit: Limit, variant: str) -> bool:
    return " / " not in limit.variants and any(
        fnmatch(variant, pattern) for pattern in limit.variants.split()
    )


def _value(results: Results, about: About, budget: Budget) -> float | None:
    name = "/".join(filter(None, (about.family, budget.at)))
    if budget.value:
        value = results.value(name, budget.value)
        return None if value is None else value / _pages(budget.at)
    time = results.time(name)
    if not budget.above:
        return time
    below = results.time(f"{about.family}/{budget.above}")
    if time is None or below is None:
        return None
    return (time - below) / (_pages(budget.at) - _pages(budget.above))


def _pages(parameters: str) -> int:
    return int(dict(each.split(":") for each in parameters.split("/"))["pages"])


def _unit(about: About, budget: Budget) -> Text:
    if budget.value:
        return budget.unit
    per = PAGE if budget.above else about.unit
    return Text(f"instructions per {per.en}", f"指令每{per.zh}")
