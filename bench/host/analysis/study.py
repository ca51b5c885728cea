"""The results of all variants, as the chapters of reports ask for them.

A value that was not measured is None, and a chapter leaves out what needs it. So a report can be
made from any part of the results, and says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bench.host.measured import Benchmark, Results
from bench.host.variants import BASELINE

NEAR = 1.01  # times the best value: as good


@dataclass(frozen=True)
class Line:
    """A benchmark of a family, with one value for each variant."""

    name: str
    parameters: dict[str, int]
    unit: str
    values: dict[str, float | None]


@dataclass(frozen=True)
class Best:
    """Which variants do a workload with the fewest instructions, or the least or most of something else."""

    name: str
    unit: str
    variants: list[str]
    value: float
    baseline: float | None


@dataclass(frozen=True)
class Spread:
    """What a benchmark takes under several layouts; the first median is that of the usual one."""

    variant: str
    name: str
    unit: str
    medians: list[float]

    @property
    def percent(self) -> float:
        return 100 * (max(self.medians) - min(self.medians)) / self.medians[0]


class Study:
    """What chapters see."""

    def __init__(self, results: dict[str, Results]) -> None:
        self.results = results
        self.baseline = BASELINE

    @property
    def variants(self) -> list[str]:
        return list(self.results)

    @property
    def sharing(self) -> list[str]:
        """The variants whose fork shares pages, by what the kernel counted."""
        return [name for name in self.results if self.shares(name)]

    @cached_property
    def context(self) -> dict[str, object]:
        return next(iter(self.results.values())).context

    def has(self, *families: str) -> bool:
        """Whether each of these was measured, for one variant at least."""
        return all(any(self._of(family)) for family in families)

    def measured(self, name: str) -> bool:
        """Whether a variant has a time for this benchmark."""
        return any(result.time(name) is not None for result in self.results.values())

    def knows(self, name: str, key: str) -> bool:
        """Whether a variant has this value for this benchmark."""
        return any(result.value(name, key) is not None for result in self.results.values())

    def _of(self, family: str) -> Iterator[Benchmark]:
        for result in self.results.values():
            yield from result.usual(family)

    def _first(self, name: str) -> Benchmark:
        """A benchmark as the first variant has it that has it."""
        return next(r.benchmarks[name] for r in self.results.values() if name in r.benchmarks)

    def time(self, variant: str, name: str, statistic: str = "median") -> float | None:
        result = self.results.get(variant)
        return None if result is None else result.time(name, statistic)

    def value(self, variant: str, name: str, key: str, statistic: str = "median") -> float | None:
        result = self.results.get(variant)
        return None if result is None else result.value(name, key, statistic)

    def time_or_value(self, variant: str, name: str, key: str | None) -> float | None:
        """Its value of this name; its time where there is no name."""
        return self.time(variant, name) if key is None else self.value(variant, name, key)

    def names(self, family: str) -> list[str]:
        """The benchmarks of a family, in the order of measuring."""
        return list(dict.fromkeys(benchmark.name for benchmark in self._of(family)))

    def parameters(self, name: str) -> dict[str, int]:
        return self._first(name).parameters

    def sizes(self, family: str) -> list[int]:
        """The heap sizes that it was measured with."""
        return sorted({b.pages for b in self._of(family) if b.pages is not None})

    def largest(self, family: str) -> str | None:
        """The benchmark with the last values of all parameters."""
        names = self.names(family)
        return max(names, key=lambda n: tuple(self.parameters(n).values())) if names else None

    def lines(self, family: str, key: str | None = None) -> list[Line]:
        """A line for each benchmark of the family: its time, or one of its values."""
        found = []
        for name in self.names(family):
            benchmark = self._first(name)
            values = {v: self.time_or_value(v, name, key) for v in self.results}
            if any(value is not None for value in values.values()):
                found.append(Line(name, benchmark.parameters, benchmark.unit, values))
        return found

    def per_percent(self, family: str) -> dict[str, float]:
        """By variant: what a page more costs, from the lowest percent of pages to the highest one,
        for the largest heap."""
        largest = self.largest(family)
        if largest is None:
            return {}
        pages = self.parameters(largest)["pages"]
        percents = sorted({b.parameters["percent"] for b in self._of(family) if b.pages == pages})
        touched = pages * (percents[-1] - percents[0]) / 100
        found = {}
        for variant in self.results:
            ends = [
                self.time(variant, f"{family}/pages:{pages}/percent:{percent}")
                for percent in (percents[0], percents[-1])
            ]
            if ends[0] is not None and ends[1] is not None and touched:
                found[variant] = (ends[1] - ends[0]) / touched
        return found

    # What a variant is, by what it was seen to do: so a variant of one's own is described, too.

    def shares(self, variant: str) -> bool:
        """Its fork shares pages."""
        forks = self.results[variant].usual("fork")
        return any((b.value("pages_shared") or 0) > 0 for b in forks)

    def reuses(self, variant: str) -> bool:
        """A write by the last owner is served in place."""
        lasts = self.results[variant].usual("write_last")
        return any((b.value("faults_reuse") or 0) > 0 for b in lasts)

    def store(self, variant: str) -> str:
        """Where reference counts are: "none", "array" (always as large), or "table"."""
        forks = self.results[variant].usual("fork")
        sizes = {b.value("metadata_bytes_peak") for b in forks} - {None}
        if sizes <= {0}:
            return "none"
        return "array" if len(sizes) == 1 else "table"

    # Over all benchmarks.

    @cached_property
    def every(self) -> list[tuple[str, Benchmark]]:
        """All benchmarks of all variants, in all layouts."""
        return [(v, found) for v, r in self.results.items() for found in r.benchmarks.values()]

    @property
    def timed(self) -> list[tuple[str, Benchmark]]:
        """Those with a time in the usual layout."""
        return [(v, b) for v, b in self.every if b.timed and not b.layout and b.time()]

    def rejected(self) -> int:
        return sum(benchmark.rejected for _, benchmark in self.every)

    def samples(self) -> int:
        return sum(benchmark.repetitions for _, benchmark in self.every)

    def benchmarks(self) -> int:
        return len({benchmark.usual_name for _, benchmark in self.every})

    def constant(self) -> int:
        """How many of them had the same time in every sample."""
        return sum(b.time("min") == b.time("max") for _, b in self.timed)

    def scatter(self) -> tuple[float, str, str] | None:
        """The largest range of the samples of one benchmark, in percent of their median; with the
        variant and the benchmark."""
        found = [
            (100 * ((b.time("max") or 0) - (b.time("min") or 0)) / (b.time() or 1), variant, b.name)
            for variant, b in self.timed
        ]
        return max(found, default=None)

    def layouts(self) -> list[Spread]:
        """For each variant, the benchmark whose median differs most from one layout of memory and
        image to another."""
        found = []
        for variant, result in self.results.items():
            spreads = [
                Spread(variant, each.name, each.unit, medians)
                for each in result.usual()
                if (medians := result.over_layouts(each.name)) and medians[0]
            ]
            if spreads:
                found.append(max(spreads, key=lambda spread: spread.percent))
        return found

    def firsts(self) -> list[tuple[str, Benchmark, float]]:
        """Where the very first iteration took another time than all samples: variant, benchmark,
        and the difference to the median in percent; the largest first."""
        found = []
        for variant, benchmark in self.timed:
            first, median, low, high = map(benchmark.time, ("first", "median", "min", "max"))
            if first and median and low and high and not low <= first <= high:
                found.append((variant, benchmark, 100 * (first - median) / median))
        return sorted(found, key=lambda item: -abs(item[2]))

    def best(self, name: str, key: str | None = None, most: bool = False) -> Best | None:
        """The variants with the lowest time or value of a benchmark, or with `most` the highest; those
        within 1 % are as good. None unless two variants or more have it."""
        every = {variant: self.time_or_value(variant, name, key) for variant in self.results}
        known = {variant: value for variant, value in every.items() if value is not None}
        if len(known) < 2:
            return None
        best = max(known.values()) if most else min(known.values())
        good = [v for v, x in known.items() if (x >= best / NEAR if most else x <= best * NEAR)]
        return Best(name, self._first(name).unit, good, best, known.get(BASELINE))
