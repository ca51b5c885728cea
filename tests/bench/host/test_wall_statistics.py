"""The statistics of the wall clock, on made-up boots: intervals cover as often as they say, and no
difference is claimed where there is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bench.host.analysis import boot_statistics
from bench.host.measured import Benchmark, Results
from tests.bench.host.support import benchmark, sample


@pytest.fixture(autouse=True)
def fewer_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for the tests, which make thousands of intervals."""
    monkeypatch.setattr(boot_statistics, "RESAMPLES", 999)


def a_summary(
    boots: Sequence[float | Sequence[float]],
    name: str = "fork/pages:0",
    **values: float,
) -> Benchmark:
    """A benchmark with these times, of one sample or several in each boot."""
    samples = [
        sample(time, values, boot)
        for boot, times in enumerate(boots, start=1)
        for time in ([times] if isinstance(times, (int, float)) else times)
    ]
    return benchmark(name, samples)


def some_results(variant: str, *summaries: Benchmark) -> Results:
    return Results(variant, {"unit": "nanoseconds"}, {s.name: s for s in summaries})


def covered(draw: object, truth: float, boots: int, times: int = 300) -> float:
    """How often the interval of so many boots holds the true median."""
    hits = 0
    for _ in range(times):
        low, high = boot_statistics.interval(tuple(draw(boots)))  # type: ignore[operator]
        assert low is not None and high is not None
        hits += low <= truth <= high
    return hits / times


@pytest.mark.parametrize("boots", [9, 10, 20])
@pytest.mark.parametrize("kind", ["normal", "skewed", "with bursts"])
def test_interval_covers_the_true_median_as_often_as_it_says(boots: int, kind: str) -> None:
    random = np.random.default_rng(boots)
    draws = {
        "normal": lambda n: random.normal(100, 3, n),
        "skewed": lambda n: random.lognormal(np.log(100), 0.4, n),
        # A tenth of the boots shares the computer with something else.
        "with bursts": lambda n: random.normal(100, 1, n) + 40 * random.binomial(1, 0.1, n),
    }
    truth = {"normal": 100, "skewed": 100, "with bursts": 100.14}[kind]
    assert 0.90 <= covered(draws[kind], truth, boots) <= 0.985


def test_interval_is_no_wider_than_it_must_be() -> None:
    random = np.random.default_rng(1)
    widths = [
        high - low
        for low, high in (
            boot_statistics.interval(tuple(random.normal(100, 3, 10))) for _ in range(200)
        )
        if low is not None and high is not None
    ]
    # The median of 10 has a standard error of about 1.25 × 3 / √10 = 1.2.
    assert 3.5 < float(np.mean(widths)) < 5.5


def test_interval_of_few_boots_is_none() -> None:
    assert boot_statistics.interval((1.0, 2.0, 3.0, 4.0)) == (None, None)
    few = boot_statistics.estimate(a_summary([1, 2, 3, 4]))
    assert (few.low, few.high, few.boots) == (None, None, 4)
    assert "4 boots give no interval: 5 are needed" in few.warnings()


def test_samples_of_one_boot_are_one_observation() -> None:
    """100 samples of 5 boots say no more than their 5 medians."""
    random = np.random.default_rng(2)
    medians = [90.0, 95.0, 100.0, 105.0, 110.0]
    found = boot_statistics.estimate(a_summary([list(random.normal(m, 0.01, 20)) for m in medians]))
    alone = boot_statistics.estimate(a_summary(medians))
    assert found.boots == 5
    assert found.low == pytest.approx(alone.low, abs=0.1)
    assert found.high == pytest.approx(alone.high, abs=0.1)


def test_equal_distributions_show_no_difference() -> None:
    """Of 100 pairs of results with 20 benchmarks each, at most a few show any difference."""
    random = np.random.default_rng(3)
    false_alarms = 0
    for _ in range(100):
        both = [
            some_results(
                variant,
                *(
                    a_summary(list(random.lognormal(5, 0.1, 10)), f"fork/pages:{n}")
                    for n in range(20)
                ),
            )
            for variant in ("eager", "cow-array")
        ]
        found = boot_statistics.differences(both[0], both[1])
        assert len(found) == 20
        false_alarms += any(one.shown for one in found.values())
    assert false_alarms <= 10  # 5 expected at most


def test_real_difference_is_shown_in_words() -> None:
    random = np.random.default_rng(4)
    base = a_summary(list(random.normal(200, 4, 10)))
    other = a_summary(list(random.normal(100, 2, 10)))
    found = boot_statistics.difference(base, other)
    assert found.shown and found.low is not None and found.high is not None
    assert found.low < 0.5 < found.high < 0.55
    assert found.words("eager").startswith(("2.0", "1.9"))
    assert found.words("eager").endswith("times faster than eager")
    assert found.words().endswith("times faster")
    back = boot_statistics.difference(other, base)
    assert back.shown and back.words("cow-array").endswith("times slower than cow-array")


def test_difference_needs_both_the_test_and_the_interval() -> None:
    random = np.random.default_rng(5)
    base, other = a_summary([*range(100, 110)]), a_summary([*range(103, 113)])
    found = boot_statistics.difference(base, other)
    assert found.low is not None and not found.shown
    assert found.words("eager") == "no difference shown"
    # With enough comparisons beside it, a difference of the same size shows no more.
    base = a_summary(list(random.normal(100, 2, 10)))
    other = a_summary(list(random.normal(105, 2, 10)))
    assert boot_statistics.difference(base, other).shown
    assert not boot_statistics.difference(base, other, comparisons=100_000).shown


def test_few_boots_never_show_a_difference() -> None:
    found = boot_statistics.difference(a_summary([100, 101, 102, 103]), a_summary([1, 2, 3, 4]))
    assert not found.shown and found.words("eager") == "too few boots to say"


@pytest.mark.parametrize("boots", [5, 6, 7])
def test_most_comparisons_among_which_a_difference_can_show(boots: int) -> None:
    base, other = a_summary([*range(1, 1 + boots)]), a_summary([*range(100, 100 + boots)])
    most = boot_statistics.most_comparisons(boots)
    assert boot_statistics.difference(base, other, most).probability < 0.05
    assert boot_statistics.difference(base, other, most + 1).probability >= 0.05


def test_equal_values_show_no_difference() -> None:
    same = a_summary([100.0] * 10)
    found = boot_statistics.difference(same, same)
    assert (found.ratio, found.shown) == (1, False)
    assert boot_statistics.estimate(same).warnings() == []


def test_correction_of_holm() -> None:
    assert boot_statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert boot_statistics.holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert boot_statistics.holm([]) == []


def test_spread_and_outliers_are_warned_of() -> None:
    calm = [100.0, 101, 99, 100.5, 99.5, 100.2, 99.8, 101.5, 98.5, 100]
    assert boot_statistics.estimate(a_summary(calm)).warnings() == []
    lonely = boot_statistics.estimate(a_summary([*calm[:-1], 130]))
    assert lonely.outliers == (10,)
    assert "outliers: boot 10" in lonely.warnings()
    wild = boot_statistics.estimate(a_summary([80, 120, 90, 110, 100, 85, 115, 95, 105, 100]))
    assert wild.outliers == () and wild.spread == pytest.approx(0.129, abs=0.01)
    assert wild.warnings() == ["spread 13 % over boots"]


def test_the_same_results_give_the_same_text() -> None:
    boots = (3.0, 1.0, 4.0, 1.5, 9.0, 2.6)
    first = boot_statistics.interval(boots)
    boot_statistics.interval.cache_clear()
    assert boot_statistics.interval(boots) == first


def smp(harts: int, sharing: int, boots: Sequence[float], oversubscribed: int = 0) -> Benchmark:
    name = f"smp_fork/harts:{harts}/sharing:{sharing}"
    return a_summary(boots, name, oversubscribed=oversubscribed)


def test_scaling_is_of_the_throughput() -> None:
    random = np.random.default_rng(6)
    results = some_results(
        "cow-array",
        smp(1, 0, list(random.normal(1000, 5, 10))),
        smp(2, 0, list(random.normal(520, 5, 10))),
        smp(4, 0, list(random.normal(500, 20, 10)), oversubscribed=1),
        smp(2, 1, list(random.normal(900, 5, 10))),
    )
    one, two, four = boot_statistics.scaling(results, "smp_fork", 0)
    assert (one.harts, one.speedup, one.low, one.high) == (1, 1, 1, 1)
    assert two.low is not None and two.high is not None
    assert two.low < two.speedup < two.high and two.speedup == pytest.approx(1.92, abs=0.05)
    assert [point.oversubscribed for point in (one, two, four)] == [False, False, True]
    assert boot_statistics.label(results.benchmarks["smp_fork/harts:4/sharing:0"]) == (
        "smp_fork/harts:4/sharing:0 (oversubscribed)"
    )
    assert (
        boot_statistics.scaling(results, "smp_fork", 1) == []
    )  # there is no one hart to compare with
