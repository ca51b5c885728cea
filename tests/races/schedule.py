"""One guest test under one schedule, in a machine of its own: so it does the same in each run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.running.machine import BUILD, Outcome, run
from bench.host.running.turns import STATUS_ENDED, Schedule, Turns
from tests.guest.guest_machine import GuestMachine, parse

USUAL = "race_*"  # the tests of tests/guest/races.c, which are short
LONGEST_TURN = 20_000  # instructions, as in bench/turns/schedule.h
# After which a test hangs. The usual ones are over after a tenth of these.
INSTRUCTIONS = 10_000_000
INSTRUCTIONS_OF_OTHERS = 1_000_000_000
GUEST_SECONDS = 100
HOST_SECONDS = 600.0  # where even the clock of the machine stands still

# A hart, after how many of its instructions its turn ends, and how many turns it is held back then.
Change = tuple[int, int, int]


@dataclass(frozen=True)
class RaceMachine:
    """Where a schedule runs: the debug kernel of a variant, and as little memory and as few processes as
    will do."""

    variant: str
    harts: int = 4
    build: Path = BUILD
    plugin: Path = BUILD / "turns.so"

    @property
    def guest(self) -> GuestMachine:
        return GuestMachine(
            self.variant,
            self.harts,
            debug=True,
            exact=True,
            memory="16M",
            processes=8,
            time_limit=HOST_SECONDS,
        )

    @property
    def kernel(self) -> Path:
        return self.guest.config("*", self.build).kernel

    def tests(self, globs: str = USUAL) -> list[str]:
        """Names of the tests that it can run."""
        chosen = replace(self.guest, globs=globs)
        return [test.name for test in chosen.tests()]

    def run(self, test: str, schedule: Schedule, stop: threading.Event | None = None) -> Verdict:
        turns = Turns(self.plugin, LONGEST_TURN, start="mark", schedule=schedule)
        outcome = run(replace(self.guest.config(test, self.build), turns=turns), stop=stop)
        return Verdict(test, why_failed(test, outcome), outcome.lines, outcome.stopped)


@dataclass(frozen=True)
class Verdict:
    """What a machine said of a test."""

    test: str
    failed: str  # why, in words; "": it did not
    console: Sequence[str]
    stopped: bool = False  # from here, before its end


def why_failed(test: str, outcome: Outcome) -> str:
    if outcome.stopped:
        return ""
    results, _ = parse(outcome.lines)
    if test in results and results[test].skipped:
        raise BenchError(f"{test} cannot run there: it {results[test].skipped}")
    panics = [line for line in outcome.lines if "panic: " in line or "init was killed" in line]
    if panics:
        return panics[0].removeprefix("cowshed: ")
    if outcome.status == STATUS_ENDED:
        return f"it hangs: {outcome.errors.removeprefix('turns: ')} in the test"
    if outcome.timed_out:
        return f"it hangs: no end after {HOST_SECONDS:.0f} s of the host"
    if not outcome.lines:
        raise BenchError(f"the machine does not start: {outcome.errors}")
    if test not in results:
        return f"the machine ended with status {outcome.status}"
    if results[test].ok:
        return ""
    said = [line[2:] for line in results[test].console if line.startswith("# ")]
    return said[-1] if said[1:] else "the test failed"


def replayed(test: str, changes: Path, trace: Path | None = None) -> Schedule:
    return Schedule(changes=changes, trace=trace, instructions=limit(test), seconds=GUEST_SECONDS)


def seeded(test: str, seed: int, log: Path | None = None) -> Schedule:
    return Schedule(seed=seed, log=log, instructions=limit(test), seconds=GUEST_SECONDS)


def limit(test: str) -> int:
    return INSTRUCTIONS if fnmatch(test, USUAL) else INSTRUCTIONS_OF_OTHERS


def read_changes(path: Path) -> list[Change]:
    lines = [line.split() for line in path.read_text().splitlines()]
    return [(int(hart), int(count), int(held)) for hart, count, held in lines]


def write_changes(path: Path, changes: Sequence[Change]) -> None:
    path.write_text("".join(f"{hart} {count} {held}\n" for hart, count, held in changes))
