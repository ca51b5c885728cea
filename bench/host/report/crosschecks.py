"""What must hold in the results whatever the strategies cost: a check of the measurement itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.host.analysis.study import Study
from bench.host.measured import Benchmark


@dataclass
class Check:
    """How many values were looked at, and which were not as they must be."""

    key: str  # the templates have a sentence for it
    cases: int = 0
    failures: list[str] = field(default_factory=list)

    def case(self, holds: bool, name: str) -> None:
        self.cases += 1
        if not holds:
            self.failures.append(name)


Found = Iterator[tuple[bool, str]]


def _null(study: Study) -> Found:
    """A strategy has no part in a system call that does nothing."""
    times = {variant: study.time(variant, "null") for variant in study.variants}
    known = {variant: time for variant, time in times.items() if time is not None}
    for variant, time in known.items():
        yield time == min(known.values()), variant


def _hands_on(study: Study) -> Found:
    """Fork copies or shares each page of the parent, and copies none where it shares."""
    for variant, benchmark in _of(study, "fork"):
        shared, copied = benchmark.value("pages_shared"), benchmark.value("pages_copied")
        heap = benchmark.pages or 0
        one = copied == 0 if study.shares(variant) else shared == 0
        yield one and (shared or 0) + (copied or 0) >= heap, f"{variant} {benchmark.name}"


def _one_fault(study: Study) -> Found:
    """A write fault for each page that is shared; without sharing none."""
    for variant, benchmark in _of(study, "write_copy"):
        wanted = benchmark.pages if study.shares(variant) else 0
        yield benchmark.value("faults_copy") == wanted, f"{variant} {benchmark.name}"


def _last_owner(study: Study) -> Found:
    """A fault for each page again, of the kind that the strategy is said to have."""
    for variant, benchmark in _of(study, "write_last"):
        wanted = benchmark.pages if study.shares(variant) else 0
        key, other = "faults_reuse", "faults_copy"
        if not study.reuses(variant):
            key, other = other, key
        holds = benchmark.value(key) == wanted and benchmark.value(other) == 0
        yield holds, f"{variant} {benchmark.name}"


def _given_back(study: Study) -> Found:
    """All frames of a child are free again when it is gone."""
    for variant, benchmark in _of(study, "memory"):
        yield benchmark.value("frames_after_exit", "max") == 0, f"{variant} {benchmark.name}"


def _nobody_killed(study: Study) -> Found:
    """No process was killed for a fault while it was measured."""
    for variant, benchmark in study.every:
        killed = benchmark.value("faults_killed", "max")
        if killed is not None and benchmark.family != "capacity":
            yield killed == 0, f"{variant} {benchmark.name}"


CHECKS: dict[str, Callable[[Study], Found]] = {
    "null": _null,
    "hands_on": _hands_on,
    "one_fault": _one_fault,
    "last_owner": _last_owner,
    "given_back": _given_back,
    "nobody_killed": _nobody_killed,
}


def run(study: Study) -> list[Check]:
    """Those for which something was measured."""
    made = []
    for key, function in CHECKS.items():
        check = Check(key)
        for holds, name in function(study):
            check.case(holds, name)
        if check.cases:
            made.append(check)
    return made


def _of(study: Study, family: str) -> Iterator[tuple[str, Benchmark]]:
    return ((variant, found) for variant, found in study.every if found.family == family)
