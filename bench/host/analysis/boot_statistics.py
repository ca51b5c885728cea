"""Statistics of the wall clock: intervals over boots, and what a difference between two results shows.

Samples of one boot are not independent: they share where things lie in memory, and what else the
host did in that second. So the median of each boot is one observation, and all statistics here are
over these.

- The interval is the 95 % percentile bootstrap of the median of the boots' medians. With 10 boots it
  covers the true median in 93 to 95 of 100 measurements.
- A difference is shown where both the test and the interval carry it: the Mann-Whitney U test of the
  two sets of boots, at 5 % after Holm's correction for all benchmarks that are compared, and a 95 %
  bootstrap interval of the ratio of the medians that leaves out 1.
- A warning is due where the spread (standard deviation over mean of the boots' medians) is above 5 %,
  and where a boot lies further than 3 interquartile ranges outside the quartiles.

Random numbers have a fixed seed, so that the same results always give the same text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.host.measured import Benchmark, Results

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05
SPREAD_LIMIT = 0.05
FENCE = 3.0  # interquartile ranges
FEWEST_BOOTS = 5  # for an interval, or a test
RESAMPLES = 9999
SEED = 20200

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """The time of a benchmark, in nanoseconds per operation."""

    median: float  # of the boots' medians
    low: float | None  # of the 95 % interval; None with fewer than 5 boots
    high: float | None
    boots: int
    spread: float  # standard deviation over mean of the boots' medians
    outliers: tuple[int, ...]  # numbers of the boots that are outliers

    def warnings(self) -> list[str]:
        """What a reader of the number must know."""
        found = []
        if self.boots < FEWEST_BOOTS:
            found.append(f"{self.boots} boots give no interval: {FEWEST_BOOTS} are needed")
        if self.spread > SPREAD_LIMIT:
            found.append(f"spread {100 * self.spread:.0f} % over boots")
        if self.outliers:
            found.append("outliers: boot " + ", ".join(map(str, self.outliers)))
        return found


@dataclass(frozen=True)
class Difference:
    """How the time of one result compares with that of another, the base."""

    ratio: float  # of the medians, base in the denominator: below 1 is faster than the base
    low: float | None  # of its 95 % interval; None with fewer than 5 boots
    high: float | None
    probability: float  # that two alike differ so much; corrected for the number of comparisons
    shown: bool  # whether test and interval carry it

    def words(self, base: str | None = None) -> str:
        """Such as "2.31 (2.20 to 2.41) times faster than eager", or "no difference shown"; without a
        base the last two words are left out."""
        if self.low is None or self.high is None:
            return "too few boots to say"
        if not self.shown:
            return "no difference shown"
        if self.ratio < 1:
            factor, low, high, word = (
                1 / self.ratio,
                1 / self.high,
                1 / self.low,
                "faster",
            )
        else:
            factor, low, high, word = self.ratio, self.low, self.high, "slower"
        digits = 2 if factor < 10 else 1 if factor < 100 else 0
        interval = f"({low:,.{digits}f} to {high:,.{digits}f})"
        than = "" if base is None else f" than {base}"
        return f"{factor:,.{digits}f} {interval} times {word}{than}"


@dataclass(frozen=True)
class Scaling:
    """A benchmark of several harts at once, on one number of harts."""

    harts: int
    estimate: Estimate  # nanoseconds per operation, over all harts together
    speedup: float  # of the throughput, against one hart
    low: float | None  # of its 95 % interval
    high: float | None
    oversubscribed: bool  # more harts than the host has CPUs


def is_wall(results: Results) -> bool:
    """Whether these are results of the wall clock."""
    return bool(results.context["unit"] == "nanoseconds")


def oversubscribed(summary: Benchmark) -> bool:
    """Whether its machine had more harts than the host has CPUs."""
    return bool(summary.value("oversubscribed"))


def label(summary: Benchmark) -> str:
    """Its name, and that it is oversubscribed where it is: for every place that shows it."""
    return summary.name + (" (oversubscribed)" if oversubscribed(summary) else "")


def boot_medians(summary: Benchmark) -> dict[int, float]:
    """The median time of each boot, by its number."""
    boots: dict[int, list[float]] = {}
    for sample in summary.samples:
        boots.setdefault(sample.boot or 0, []).append(sample.time)
    return {boot: float(np.median(times)) for boot, times in sorted(boots.items())}


def estimate(summary: Benchmark) -> Estimate:
    """The time of a benchmark of the wall clock."""
    medians = boot_medians(summary)
    observed = tuple(medians.values())
    low, high = interval(observed)
    return Estimate(
        median=float(np.median(observed)),
        low=low,
        high=high,
        boots=len(observed),
        spread=spread(observed),
        outliers=tuple(boot for boot, stands_out in zip(medians, outliers(observed)) if stands_out),
    )


def difference(base: Benchmark, other: Benchmark, comparisons: int = 1) -> Difference:
    """How one benchmark compares; `comparisons` is how many are made at once (Bonferroni's
    correction). For all benchmarks of two results, `differences` is sharper."""
    probability = min(1.0, comparisons * _probability(base, other))
    return _difference(base, other, probability)


def differences(base: Results, *others: Results) -> dict[tuple[str, str], Difference]:
    """All timed benchmarks that others have in common with the base, by variant and name, with
    Holm's correction for all of them together."""
    pairs = {
        (other.variant, name): (base.benchmarks[name], summary)
        for other in others
        for name, summary in other.benchmarks.items()
        if summary.timed and name in base.benchmarks
    }
    corrected = holm([_probability(*pair) for pair in pairs.values()])
    return {
        key: _difference(*pair, probability)
        for (key, pair), probability in zip(pairs.items(), corrected)
    }


def most_comparisons(boots: int) -> int:
    """Among how many comparisons so many boots of each can show a difference: the test cannot tell more
    than that all boots of one are before all of the other."""
    return math.ceil(SIGNIFICANCE * math.comb(2 * boots, boots) / 2) - 1


def scaling(results: Results, family: str, sharing: int) -> list[Scaling]:
    """How the throughput of smp_fork or smp_fault grows with harts; empty where one hart was not
    measured."""
    found = {
        summary.parameters["harts"]: summary
        for summary in results.benchmarks.values()
        if summary.family == family and summary.parameters.get("sharing") == sharing
    }
    if 1 not in found:
        return []
    one = tuple(boot_medians(found[1]).values())
    points = []
    for harts, summary in sorted(found.items()):
        times = tuple(boot_medians(summary).values())
        low, high = ratio_interval(times, one) if harts > 1 else (1.0, 1.0)
        points.append(
            Scaling(
                harts=harts,
                estimate=estimate(summary),
                speedup=float(np.median(one) / np.median(times)),
                low=low,
                high=high,
                oversubscribed=oversubscribed(summary),
            )
        )
    return points


# What the above is made of; observations are independent.


@lru_cache(maxsize=None)
def interval(observed: tuple[float, ...]) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of the median."""
    if len(observed) < FEWEST_BOOTS:
        return None, None
    return _bootstrap((observed,), lambda x, axis=-1: np.median(x, axis=axis))


@lru_cache(maxsize=None)
def ratio_interval(
    base: tuple[float, ...], other: tuple[float, ...]
) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of the ratio of two medians, that of the base below."""
    if min(len(base), len(other)) < FEWEST_BOOTS:
        return None, None

    def ratio(x: Values, y: Values, axis: int = -1) -> Values:
        return np.asarray(np.median(y, axis=axis) / np.median(x, axis=axis))

    return _bootstrap((base, other), ratio)


def spread(observed: Sequence[float]) -> float:
    """Standard deviation over mean."""
    if len(observed) < 2:
        return 0.0
    return float(stats.variation(observed, ddof=1))


def outliers(observed: Sequence[float]) -> list[bool]:
    """Which of them lie further than 3 interquartile ranges outside the quartiles."""
    lower, upper = np.quantile(observed, [0.25, 0.75])
    fence = FENCE * (upper - lower)
    return [not lower - fence <= value <= upper + fence for value in observed]


def holm(probabilities: Sequence[float]) -> list[float]:
    """Corrected so that among all of them a false alarm is as likely as in one (Holm, 1979)."""
    corrected = [1.0] * len(probabilities)
    highest = 0.0
    order = sorted(range(len(probabilities)), key=lambda index: probabilities[index])
    for rank, index in enumerate(order):
        highest = max(highest, probabilities[index] * (len(probabilities) - rank))
        corrected[index] = min(1.0, highest)
    return corrected


def _bootstrap(data: tuple[tuple[float, ...], ...], statistic: object) -> tuple[float, float]:
    found = stats.bootstrap(
        data,
        statistic,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        vectorized=True,
        random_state=np.random.default_rng(SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def _probability(base: Benchmark, other: Benchmark) -> float:
    """Of the Mann-Whitney U test, two-sided; 1 with fewer than 5 boots."""
    observed = [tuple(boot_medians(summary).values()) for summary in (base, other)]
    if min(map(len, observed)) < FEWEST_BOOTS:
        return 1.0
    return float(stats.mannwhitneyu(*observed, alternative="two-sided").pvalue)


def _difference(base: Benchmark, other: Benchmark, probability: float) -> Difference:
    bases, others = (tuple(boot_medians(summary).values()) for summary in (base, other))
    low, high = ratio_interval(bases, others)
    left_out = low is not None and high is not None and not low <= 1 <= high
    return Difference(
        ratio=float(np.median(others) / np.median(bases)),
        low=low,
        high=high,
        probability=probability,
        shown=left_out and probability < SIGNIFICANCE,
    )
