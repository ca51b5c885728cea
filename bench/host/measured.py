"""What was measured: benchmarks, their samples, and statistics of these.

The same objects come from a machine that has just ended and from a file of results.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

Number = int | float

# Of a fork and of a write fault (bench/phases.toml), and how they stand among the events of a sample.
PHASES = ("entry", "lookup", "allocate", "copy", "count", "map", "flush", "exit", "other")
PHASE = "phase/"

P99_SAMPLES = 100  # with fewer samples there is no p99


@dataclass(frozen=True)
class Sample:
    """One measured iteration."""

    cycles: int | None  # instructions over all operations; None in a benchmark that is not timed
    ops: int
    values: dict[str, int]  # that the benchmark gives by itself
    counters: dict[str, int]  # of the kernel, over the region
    # Of the probe, by mode, such as "kernel/loads" or "user/u74/l1d_misses", or instructions of a phase,
    # such as "phase/copy"; those that happened.
    events: dict[str, int] = field(default_factory=dict)

    @property
    def time(self) -> Number:
        """Per operation; 0 where nothing is timed."""
        return plain((self.cycles or 0) / self.ops)

    @cached_property
    def named(self) -> dict[str, int]:
        """All counters and values, with what follows from them."""
        found = self.counters | self.values
        if self.counters.get("forks") == 1:
            # What fork handed on is what was resident. Copies made by faults are not part of it.
            handed_on = found["pages_shared"] + found["pages_copied"]
            found["resident_pages"] = handed_on - found["faults_copy"]
        if any(name.startswith(PHASE) for name in self.events):
            found |= {f"instructions_{each}": self.events.get(PHASE + each, 0) for each in PHASES}
        return found


LAYOUT = "/layout:"  # in the name of a benchmark, with the seed behind it


@dataclass
class Benchmark:
    """All samples of one benchmark, in the order in which they were taken."""

    name: str  # with its parameters, and its layout where that is not the usual one
    unit: str  # what an operation is
    timed: bool
    first: Sample | None = None  # the very first iteration, in no statistic
    samples: list[Sample] = field(default_factory=list)
    rejected: int = 0

    @cached_property
    def family(self) -> str:
        return self.name.partition("/")[0]

    @cached_property
    def parameters(self) -> dict[str, int]:
        words = (word.split(":") for word in self.name.split("/")[1:])
        return {key: int(value) for key, value in words if key != "layout"}

    @cached_property
    def layout(self) -> int:
        """The seed of the layout of memory and image; 0 is the usual one."""
        return int(self.name.partition(LAYOUT)[2] or 0)

    @cached_property
    def usual_name(self) -> str:
        """Its name in the usual layout."""
        return self.name.partition(LAYOUT)[0]

    @property
    def pages(self) -> int | None:
        """Pages of the parent's heap, where they are a parameter."""
        return self.parameters.get("pages")

    @property
    def repetitions(self) -> int:
        return len(self.samples)

    @property
    def keys(self) -> list[str]:
        """The names of its counters and values."""
        return list(self.samples[0].named)

    def time(self, statistic: str = "median") -> float | None:
        """Instructions per operation; None where there is no such statistic."""
        return self._statistic(statistic, lambda sample: sample.time) if self.timed else None

    def value(self, key: str, statistic: str = "median") -> float | None:
        """A counter or another named value."""
        if key not in self.samples[0].named:
            return None
        return self._statistic(statistic, lambda sample: sample.named[key])

    def _statistic(self, statistic: str, number: Callable[[Sample], Number]) -> float | None:
        if statistic == "first":
            return None if self.first is None else float(number(self.first))
        if statistic == "p99" and self.repetitions < P99_SAMPLES:
            return None
        return float(STATISTICS[statistic]([number(sample) for sample in self.samples]))


@dataclass(frozen=True)
class Results:
    """All that was measured of one variant with the same settings."""

    variant: str
    context: dict[str, Any]  # what it takes to measure the same again
    benchmarks: dict[str, Benchmark]  # by name

    def time(self, name: str, statistic: str = "median") -> float | None:
        found = self.benchmarks.get(name)
        return None if found is None else found.time(statistic)

    def value(self, name: str, key: str, statistic: str = "median") -> float | None:
        found = self.benchmarks.get(name)
        return None if found is None else found.value(key, statistic)

    def usual(self, *families: str) -> list[Benchmark]:
        """All benchmarks in the usual layout, or those of these families."""
        every = (found for found in self.benchmarks.values() if not found.layout)
        return [found for found in every if not families or found.family in families]

    def over_layouts(self, name: str) -> list[float]:
        """The times of a benchmark in the usual layout and in all others; none where one is missing, or
        it was measured in a single layout."""
        names = [in_layout(name, seed) for seed in self.context.get("layouts", [])]
        times = [time for time in map(self.time, names) if time is not None]
        return times if len(times) == len(names) > 1 else []

    def values(self) -> dict[str, list[str]]:
        """The names of what benchmarks give beside time and counters, by family."""
        return {found.family: list(found.samples[0].values) for found in self.benchmarks.values()}


def in_layout(name: str, seed: int) -> str:
    """The name of a benchmark in this layout."""
    return f"{name}{LAYOUT}{seed}" if seed else name


def fits(patterns: Iterable[str], family: str, name: str) -> bool:
    """Whether one of the patterns, such as fork* or fork/pages:0, selects this benchmark."""
    return any(fnmatchcase(text, pattern) for pattern in patterns for text in (family, name))


def full_name(family: str, parameters: dict[str, int]) -> str:
    """Such as fork_touch/pages:1024/percent:50."""
    return family + "".join(f"/{key}:{value}" for key, value in parameters.items())


def _p99(values: Sequence[Number]) -> Number:
    """The nearest rank: the smallest value that 99 % of the samples do not exceed."""
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]


def _stddev(values: Sequence[Number]) -> Number:
    """Of a sample (n - 1), as Google Benchmark has it; a single value has none."""
    if len(values) < 2:
        return 0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


STATISTICS: dict[str, Callable[[Sequence[Number]], Number]] = {
    "mean": lambda values: math.fsum(values) / len(values),
    "median": statistics.median,
    "stddev": _stddev,
    "min": min,
    "max": max,
    "p99": _p99,
}


def plain(value: Number) -> Number:
    """Whole numbers without a fraction; others as short as they can be read back."""
    return int(value) if float(value).is_integer() else float(value)


UNITS = ("frames", "bytes", "pages", "instructions", "percent", "children", "cases")


def value_unit(key: str) -> str:
    """The unit of a counter or another named value: a word of its name."""
    return next((unit for unit in UNITS if unit in key.split("_")), "events")
