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
class Winner:
    """Who does a workload with the fewest instructions."""

    name: str
    unit: str
    variants: list[str]
    value: float
    baseline: float | None


@dataclass(frozen=True)
class Fewest:
    """Who needs the least of something that is not time, or gets the most of it."""

    name: str
    key: str
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
    """What chapters see; `scaling` holds results of the wall clock, if any."""

    def __init__(self, results: dict[str, Results], scaling: dict[str, Results]) -> None:
        self.results = results
        self.scaling = scaling
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
            yield from (s for s in result.summaries.values() if s.family == family and not s.layout)

    def time(self, variant: str, name: str, statistic: str = "median") -> float | None:
        result = self.results.get(variant)
        return None if result is None else result.time(name, statistic)

    def value(self, variant: str, name: str, key: str, statistic: str = "median") -> float | None:
        result = self.results.get(variant)
        return None if result is None else result.value(name, key, statistic)

    def names(self, family: str) -> list[str]:
        """The benchmarks of a family, in the order of measuring."""
        return list(dict.fromkeys(summary.name for summary in self._of(family)))

    def parameters(self, name: str) -> dict[str, int]:
        found = next((r.summaries[name] for r in self.results.values() if name in r.summaries))
        return found.parameters

    def sizes(self, family: str) -> list[int]:
        """The heap sizes that it was measured with."""
        return sorted({s.pages for s in self._of(family) if s.pages is not None})

    def largest(self, family: str) -> str | None:
        """The benchmark with the last values of all parameters."""
        names = self.names(family)
        return max(names, key=lambda n: tuple(self.parameters(n).values())) if names else None

    def table(self, family: str, key: str | None = None, statistic: str = "median") -> list[Line]:
        """A line for each benchmark of the family: its time, or one of its values."""
        found = []
        for name in self.names(family):
            summary = next(r.summaries[name] for r in self.results.values() if name in r.summaries)
            values = {
                variant: self.time(variant, name, statistic)
                if key is None
                else self.value(variant, name, key, statistic)
                for variant in self.results
            }
            if any(value is not None for value in values.values()):
                found.append(Line(name, summary.parameters, summary.unit, values))
        return found

    def per_percent(self, family: str) -> dict[str, float]:
        """By variant: what a page more costs, from the lowest percent of pages to the highest one,
        for the largest heap."""
        largest = self.largest(family)
        if largest is None:
            return {}
        pages = self.parameters(largest)["pages"]
        percents = sorted({s.parameters["percent"] for s in self._of(family) if s.pages == pages})
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
        return any((s.value("pages_shared") or 0) > 0 for s in self._forks(variant))

    def reuses(self, variant: str) -> bool:
        """A write by the last owner is served in place."""
        summaries = self.results[variant].summaries.values()
        return any(
            (s.value("faults_reuse") or 0) > 0 for s in summaries if s.family == "write_last"
        )

    def store(self, variant: str) -> str:
        """Where reference counts are: "none", "array" (always as large), or "table"."""
        sizes = {s.value("metadata_bytes_peak") for s in self._forks(variant)} - {None}
        if sizes <= {0}:
            return "none"
        return "array" if len(sizes) == 1 else "table"

    def _forks(self, variant: str) -> list[Benchmark]:
        summaries = self.results[variant].summaries.values()
        return [s for s in summaries if s.family == "fork" and not s.layout]

    # Over all benchmarks.

    def rejected(self) -> int:
        every = (s for r in self.results.values() for s in r.summaries.values())
        return sum(summary.rejected for summary in every)

    def samples(self) -> int:
        every = (s for r in self.results.values() for s in r.summaries.values())
        return sum(summary.repetitions for summary in every)

    def benchmarks(self) -> int:
        return len(
            {n for r in self.results.values() for n, s in r.summaries.items() if not s.layout}
        )

    def timed(self) -> list[Benchmark]:
        """Every timed benchmark of every variant, in the usual layout."""
        every = (s for r in self.results.values() for s in r.summaries.values())
        return [s for s in every if s.timed and not s.layout and s.time()]

    def constant(self) -> int:
        """How many of them had the same time in every sample."""
        return sum(s.time("min") == s.time("max") for s in self.timed())

    def scatter(self) -> tuple[float, str, str] | None:
        """The largest range of the samples of one benchmark, in percent of their median; with the
        variant and the benchmark."""
        found = [
            (100 * ((s.time("max") or 0) - (s.time("min") or 0)) / (s.time() or 1), variant, s.name)
            for variant, result in self.results.items()
            for s in result.summaries.values()
            if s.timed and not s.layout and s.time()
        ]
        return max(found, default=None)

    def layouts(self) -> list[Spread]:
        """For each variant, the benchmark whose median differs most from one layout of memory and
        image to another."""
        found = []
        for variant, result in self.results.items():
            seeds = [seed for seed in result.context.get("layouts", []) if seed]
            spreads = []
            for summary in result.summaries.values():
                others = [result.time(f"{summary.name}/layout:{seed}") for seed in seeds]
                medians = [time for time in (summary.time(), *others) if time]
                if not summary.layout and others and len(medians) == len(seeds) + 1:
                    spreads.append(Spread(variant, summary.name, summary.unit, medians))
            if spreads:
                found.append(max(spreads, key=lambda spread: spread.percent))
        return found

    def firsts(self) -> list[tuple[str, Benchmark, float]]:
        """Where the very first iteration took another time than all samples: variant, benchmark,
        and the difference to the median in percent; the largest first."""
        found = []
        for variant, result in self.results.items():
            for summary in result.summaries.values():
                first, median = summary.time("first"), summary.time()
                low, high = summary.time("min"), summary.time("max")
                if first is None or not median or low is None or high is None or summary.layout:
                    continue
                if not low <= first <= high:
                    found.append((variant, summary, 100 * (first - median) / median))
        return sorted(found, key=lambda item: -abs(item[2]))

    def winners(self, names: list[str]) -> list[Winner]:
        """Of each workload that was measured with two variants or more: the variants with the
        fewest instructions, those within 1 % of the lowest being as good."""
        found = []
        for name in names:
            times = {v: t for v in self.results if (t := self.time(v, name)) is not None}
            if len(times) < 2:
                continue
            low = min(times.values())
            good = [variant for variant, time in times.items() if time <= low * NEAR]
            unit = next(
                r.summaries[name].unit for r in self.results.values() if name in r.summaries
            )
            found.append(Winner(name, unit, good, low, times.get(BASELINE)))
        return found

    def fewest(self, wanted: list[tuple[str | None, str]], most: bool = False) -> list[Fewest]:
        """The same for values by benchmark and key; with `most`, the highest are the best."""
        found = []
        for name, key in wanted:
            values = {
                variant: value
                for variant in self.results
                if name and (value := self.value(variant, name, key)) is not None
            }
            if name is None or len(values) < 2:
                continue
            best = max(values.values()) if most else min(values.values())
            good = [
                v for v, x in values.items() if (x >= best / NEAR if most else x <= best * NEAR)
            ]
            found.append(Fewest(name, key, good, best, values.get(BASELINE)))
        return found
