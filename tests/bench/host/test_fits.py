"""Lines through the cost of a fork, and the break-even point of writing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.host.analysis import breakeven, fit
from bench.host.measured import Results
from tests.bench.host.support import a_result

SIZES = (0, 256, 1024, 4096, 16384)


def forks(cost: Callable[[int], float], sizes: tuple[int, ...] = SIZES) -> Results:
    return a_result("v", {f"fork/pages:{pages}": cost(pages) for pages in sizes})


def touches(cost: Callable[[int], float], *percents: int, pages: int = 1024) -> Results:
    return a_result("v", {f"fork_touch/pages:{pages}/percent:{p}": cost(p) for p in percents})


def test_a_line_is_found_exactly() -> None:
    found = fit.fork_cost(forks(lambda pages: 1000 + 18.5 * pages))
    assert found is not None
    assert found.fixed == pytest.approx(1000)
    assert found.per_page == pytest.approx(18.5)
    assert found.relative == pytest.approx(0, abs=1e-9)


def test_the_small_sizes_count() -> None:
    """2 % more for the largest process must not move the fixed cost, which is 300 times smaller."""
    found = fit.fork_cost(forks(lambda pages: (1000 + 18 * pages) * (1.02 if pages > 9999 else 1)))
    assert found is not None
    assert found.fixed == pytest.approx(1000, rel=0.01)
    assert 0.005 < found.relative < 0.02


def test_what_the_line_misses_is_stated() -> None:
    measured = {0: 1000.0, 256: 3000.0, 1024: 5000.0}
    found = fit.fork_cost(forks(measured.__getitem__, tuple(measured)))
    assert found is not None
    line = {pages: found.fixed + found.per_page * pages for pages in measured}
    misses = [abs(line[pages] - value) / value for pages, value in measured.items()]
    assert found.relative == pytest.approx(max(misses)) and found.relative > 0.01


def test_other_layouts_and_parameters_are_no_points() -> None:
    times = {f"fork/pages:{pages}": 100.0 + pages for pages in SIZES}
    times |= {"fork/pages:4096/layout:1": 1e9, "fork/pages:64/percent:3": 1e9}
    found = fit.fork_cost(a_result("v", times))
    assert found is not None and found.per_page == pytest.approx(1)


def test_two_sizes_are_no_fit() -> None:
    assert fit.fork_cost(forks(lambda pages: 100.0 + pages, (0, 256))) is None
    assert fit.fork_cost(forks(lambda pages: 0.0)) is None


def test_break_even_lies_between_two_percents() -> None:
    eager = touches(lambda p: 1000, 0, 50, 75, 100)
    cow = touches(lambda p: 100 + 14 * p, 0, 50, 75, 100)
    found = breakeven.find(cow, eager)
    assert found is not None and found.kind == "above"
    assert found.percent == pytest.approx(900 / 14)
    assert breakeven.percent(cow, eager, 1024) == found.percent
    assert "more than 64.3 % of a heap of 1,024 pages" in breakeven.words(found, "cow", "eager")


@pytest.mark.parametrize(
    "costs, kind, percent",
    [
        ((1, 2, 3), "never", None),
        ((1, 2, 10), "never", None),  # as much is not more
        ((11, 12, 13), "always", None),
        ((11, 9, 11), "unclear", None),
        ((9, 11, 9), "unclear", None),
        ((10, 11, 12), "above", 0),
        ((8, 10, 12), "above", 50),
    ],
)
def test_break_even_says_which(costs: tuple[float, ...], kind: str, percent: float | None) -> None:
    by_percent = dict(zip((0, 50, 100), costs))
    found = breakeven.find(
        touches(by_percent.__getitem__, *by_percent), touches(lambda p: 10, *by_percent)
    )
    assert found is not None
    assert (found.kind, found.percent) == (kind, percent)
    assert breakeven.words(found, "cow-x", "eager").startswith("cow-x ")


def test_break_even_needs_percents_that_both_have() -> None:
    eager, cow = touches(lambda p: 10, 0, 100), touches(lambda p: p, 0, 50)
    assert breakeven.find(cow, eager) is None
    assert breakeven.percent(cow, eager, 1024) is None
    assert breakeven.find(a_result("v", {"null": 1.0}), eager) is None


def test_break_even_takes_the_largest_heap_unless_told() -> None:
    eager, cow = (
        a_result(
            variant,
            {
                f"fork_touch/pages:{pages}/percent:{p}": factor * p + start
                for pages, start in ((256, 50.0), (4096, 20.0))
                for p in (0, 100)
            },
        )
        for variant, factor in (("eager", 0), ("cow", 1))
    )
    eager = a_result("eager", {name: 70.0 for name in eager.benchmarks})
    assert breakeven.percent(cow, eager) == pytest.approx(50)
    assert breakeven.percent(cow, eager, 256) == pytest.approx(20)
