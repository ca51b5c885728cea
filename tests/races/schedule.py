"""One guest test under one schedule, in a machine of its own: so it does the same in each run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.running.machine import BUILD, MachineConfig, Outcome, run
from bench.host.running.turns import STATUS_ENDED, Schedule, Turns
from tests.guest.guest_machine import GuestMachine, parse

USUAL = "race_*"  # the tests of tests/guest/races.c, which are short
LONGEST_TURN = 20_000  # instructions, as in bench/turns/schedule.h
# After which a test hangs. Of the usual ones the longest takes 6 million.
INSTRUCTIONS = 40_000_000
INSTRUCTIONS_OF_OTHERS = 1_000_000_000
GUEST_SECONDS = 100
HOST_SECONDS = 600.0  # where even the clock of the machine stands still

# A hart, after how many of its instructions its turn ends, and how many turns it is held back then.
Change = tuple[int, int, int]


@dataclass(frozen=True)
class RaceMachine:
    """Where a schedule runs: the debug kernel of a variant, for the usual tests with as little memory and as
    few processes as will do."""

    variant: str
    harts: int = 4
    build: Path = BUILD
    plugin: Path = BUILD / "turns.so"

    def guest(self, test: str) -> GuestMachine:
        small = is_usual(test)
        return GuestMachine(
            self.variant,
            self.harts,
            debug=True,
            exact=True,
            memory="16M" if small else GuestMachine.memory,
            processes=8 if small else GuestMachine.processes,
            time_limit=HOST_SECONDS,
        )

    def config(self, test: str) -> MachineConfig:
        return self.guest(test).config(test, self.build)

    @property
    def kernel(self) -> Path:
        return self.config("*").kernel

    def tests(self, globs: str = USUAL) -> list[str]:
        """Names of the tests that it can run."""
        return [test.name for test in replace(self.guest("*"), globs=globs).tests()]

    def run(self, test: str, schedule: Schedule, stop: threading.Event | None = None) -> Verdict:
        turns = Turns(self.plugin, LONGEST_TURN, start="mark", schedule=schedule)
        outcome = run(replace(self.config(test), turns=turns), stop=stop)
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
        return f"it hangs: {outcome.errors.rpartition('turns: ')[2]} in the test"
    if outcome.timed_out:
        return f"it hangs: no end after {HOST_SECONDS:.0f} s of the host"
    if not outcome.lines and outcome.errors:
        raise BenchError(f"the machine does not start: {outcome.errors}")
    if test not in results:
        return f"the machine ended with status {outcome.status}"
    if results[test].ok:
        return ""
    said = [line[2:] for line in results[test].console if line.startswith("# ")]
    said = [line for line in said if not line.startswith("run ")]  # a copy begins behind that
    return said[-1] if said else "the test failed"


def replayed(test: str, changes: Path, trace: Path | None = None) -> Schedule:
    return Schedule(changes=changes, trace=trace, instructions=limit(test), seconds=GUEST_SECONDS)


def seeded(test: str, seed: int, log: Path | None = None) -> Schedule:
    return Schedule(seed=seed, log=log, instructions=limit(test), seconds=GUEST_SECONDS)


def limit(test: str) -> int:
    return INSTRUCTIONS if is_usual(test) else INSTRUCTIONS_OF_OTHERS


def is_usual(test: str) -> bool:
    return fnmatch(test, USUAL)


def read_changes(path: Path) -> list[Change]:
    lines = [line.split() for line in path.read_text().splitlines()]
    return [(int(hart), int(count), int(held)) for hart, count, held in lines]


def write_changes(path: Path, changes: Sequence[Change]) -> None:
    path.write_text("".join(f"{hart} {count} {held}\n" for hart, count, held in changes))
