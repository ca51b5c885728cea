"""What is concluded from instructions, as numbers: so that each can be asked again of the estimated cycles
of a core, and named where the answer is another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bench.host.analysis import breakeven, model
from bench.host.analysis.study import Study

MOVED = 0.10  # of its value: a conclusion that is said to move
Kind = Literal["times", "part", "percent"]
Change = Literal["none", "moves", "flips", "unknown"]


@dataclass(frozen=True)
class Conclusion:
    """A number that says which of two ways is the better one, and by how much: `times` above 1 or below, a
    `part` of something in percent, or a `percent` that is reached or never."""

    key: str  # of its text
    kind: Kind
    value: Callable[[Study], float | None]
    one: str = ""  # variants that are compared, and on which benchmark
    other: str = ""
    name: str = ""


def change(kind: Kind, before: float | None, after: float | None) -> Change:
    """From instructions to estimated cycles."""
    if kind != "percent" and (before is None or after is None):
        return "unknown"
    if before is None or after is None:  # a break-even that is reached by one of them alone
        return "none" if before is after else "flips"
    if kind == "times" and (before > 1) != (after > 1) and before != 1:
        return "flips"
    return "moves" if abs(after - before) > MOVED * abs(before) else "none"


def all_of(study: Study) -> Iterator[Conclusion]:
    """Those that these results allow."""
    base = study.baseline
    for key, name in (("fork", sized("fork", 4096)), ("cycle", sized("fork_exit", 4096))):
        yield from _beside(study, key, base, "cow-array", name)
    yield from _beside(study, "exec", base, "cow-array", sized("fork_exec", 0))
    for variant in study.sharing:
        if base in study.results:
            even = partial(_break_even, variant=variant)
            yield Conclusion("break_even", "percent", even, variant, base)
    yield Conclusion("asking", "part", _asking)
    yield Conclusion("pays", "part", _pays)
    yield from _beside(study, "reuse", "cow-array", "cow-reuse", sized("write_last", 4096))
    for key, family in (("hash_fork", "fork"), ("hash_fault", "write_copy")):
        other = "cow-array" if family == "fork" else "cow-reuse"
        yield from _beside(study, key, "cow-hash", other, sized(family, 4096))
    for family in ("snapshot", "prefork", "forkserver", "spawn_small", "shell_pipeline"):
        for name in study.names(family):
            yield from _beside(study, "load", base, "cow-reuse", name)


def sized(family: str, pages: int) -> str:
    return f"{family}/pages:{pages}"


def _beside(study: Study, key: str, one: str, other: str, name: str) -> Iterator[Conclusion]:
    if study.time(one, name) and study.time(other, name):
        times = partial(_times, one=one, other=other, name=name)
        yield Conclusion(key, "times", times, one, other, name)


def _times(study: Study, one: str, other: str, name: str) -> float | None:
    costs = study.time(one, name), study.time(other, name)
    return costs[0] / costs[1] if costs[0] and costs[1] else None


def _break_even(study: Study, variant: str) -> float | None:
    return breakeven.percent(study.results[variant], study.results[study.baseline])


def _asking(study: Study) -> float | None:
    """The question for the last owner, in percent of the fault that copies."""
    parts = _fault_parts(study)
    fault = study.time("cow-array", sized("write_copy", parts.pages)) if parts else None
    return 100 * parts.question / fault if parts and parts.question and fault else None


def _pays(study: Study) -> float | None:
    parts = _fault_parts(study)
    return parts.pays_from if parts else None


def _fault_parts(study: Study) -> model.FaultParts | None:
    """None where the question is less than what the samples of a fault differ by."""
    parts = model.faults(study)
    if parts is None or parts.question is None:
        return None
    name = sized("write_copy", parts.pages)
    scatter = max(
        (study.time(variant, name, "max") or 0) - (study.time(variant, name, "min") or 0)
        for variant in ("cow-array", "cow-reuse")
    )
    return parts if parts.question > scatter else None
