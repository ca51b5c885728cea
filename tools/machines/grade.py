"""make grade: the score of a variant, part by part, in the lines that a course's `make grade` has.

    == Test   simple ==
      simple: OK (3.2s)
    ...
    Score: 110/110

Each part is a command in a machine of its own. It is passed when the command prints the right line and
ends with status 0. Exit status: 0 for the full score, 1 for less, 2 when nothing was tested.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import dropwhile

from bench.host.options import Options, VariableError
from bench.host.running import machine
from bench.host.running.machine import ROOT, Outcome
from tools.machines import build

MEMORY = "128M"  # pinned: with more of it, eager copying would pass
CONSOLE_LINES = 15  # that are shown of a part that failed


@dataclass(frozen=True)
class Part:
    """One part of the score."""

    name: str
    points: int
    command: str
    line: str  # that says that all is well
    time_limit: float  # seconds


def _cow(name: str, points: int) -> Part:
    return Part(name, points, f"/tests/cowtest {name}", f"{name}: ok", 60)


# The first three are those of the course.
PARTS = (
    *(_cow(name, 15) for name in ("simple", "three", "file")),
    *(_cow(name, 3) for name in "generations ancestors exec text pointers".split()),
    *(_cow(name, 3) for name in "memory owners pipes resize".split()),
    Part("usertest", 38, "/tests/usertest", "ALL TESTS PASSED", 240),
)

# What a strategy that copies at fork cannot pass, and why. It is known by its building block.
COPIES_AT_FORK = '#include "common/fork_copy.h"'
EAGER_FAILS = {
    "simple": "this variant copies every page at fork, and the pages of a process that holds two "
    "thirds of memory do not fit a second time"
}


def run(options: Options) -> int:
    """Test the parts that were chosen; gives the exit status."""
    return grade(replace(options, memory=MEMORY), chosen(options.parts))


def chosen(names: tuple[str, ...]) -> list[Part]:
    """The parts of these names, in their usual order; all, where there are no names."""
    known = [part.name for part in PARTS]
    for name in names:
        if name not in known:
            raise VariableError(f"PARTS: there is no part {name!r}; there are: {' '.join(known)}")
    return [part for part in PARTS if not names or part.name in names]


def grade(wanted: Options, parts: list[Part]) -> int:
    """Test these parts; gives the exit status."""
    reached = sum(_test(part, wanted) for part in parts)
    full = sum(part.points for part in parts)
    print(f"Score: {reached}/{full}")
    return 0 if reached == full else 1


def _test(part: Part, wanted: Options) -> int:
    """Test one part; gives its points."""
    print(f"== Test   {part.name} == ", flush=True)
    with build.machine_for(wanted, part.command, time_limit=part.time_limit) as config:
        outcome = machine.run(config)
    wrong = what_is_wrong(outcome, part)
    verdict = "FAIL" if wrong else "OK"
    print(f"  {part.name}: {verdict} ({outcome.seconds:.1f}s)", flush=True)
    if wrong:
        for line in [*_told(outcome)[-CONSOLE_LINES:], wrong]:
            print(f"      {line}")
        if part.name in EAGER_FAILS and copies_at_fork(wanted.variant):
            print(f"      expected: {EAGER_FAILS[part.name]}")
    return 0 if wrong else part.points


def _told(outcome: Outcome) -> list[str]:
    """The console without the firmware and without what is right."""
    own = dropwhile(lambda line: not line.startswith("cowshed: "), outcome.lines)
    return [line for line in own if not line.endswith(": ok")] or outcome.lines


def what_is_wrong(outcome: Outcome, part: Part) -> str:
    """In words; nothing when the part is passed."""
    if outcome.timed_out:
        return f"no end after {part.time_limit:g} s"
    if outcome.status != 0:
        return f"status {outcome.status}, where 0 is right"
    if part.line not in outcome.lines:
        return f"no line {part.line!r}"
    return ""


def copies_at_fork(variant: str) -> bool:
    return COPIES_AT_FORK in (ROOT / "variants" / variant / "variant.h").read_text()
