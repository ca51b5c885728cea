"""make races: guest tests under many schedules, until one fails; and that one again, and shrunk."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.host.display.terminal import verbatim_console
from bench.host.options import Options, VariableError
from tests.races import steps
from tests.races.replay import Replay
from tests.races.schedule import USUAL, Change, RaceMachine, Verdict, seeded
from tests.races.server import CopiedMachine
from tests.races.shrink import shrink

POLL_SECONDS = 0.2
SEEDS_A_BOOT = 20
CONSOLE_LINES = 12  # that are shown of a machine


@dataclass(frozen=True)
class Found:
    """A schedule that failed."""

    test: str
    seed: int
    verdict: Verdict


def check(options: Options) -> list[str]:
    """The tests that were meant; VariableError where something does not fit together."""
    if options.shrink and options.seed is None:
        raise VariableError("SHRINK=1 needs SEED=n, the seed of a schedule that fails")
    if options.seeds and options.seed is not None:
        raise VariableError("SEEDS= and SEED= exclude each other: many schedules, or one")
    machine = RaceMachine(options.variant, options.harts)
    tests = machine.tests(options.test or USUAL)
    if not tests:
        raise VariableError(
            f"TEST={options.test} matches no test that {options.variant} runs on {machine.harts} harts; "
            f"make races has, without TEST: {' '.join(machine.tests())}"
        )
    return tests


def run(options: Options) -> int:
    tests = check(options)
    machine = RaceMachine(options.variant, options.harts)
    console = verbatim_console()
    console.soft_wrap = True
    if options.seed is not None:
        return replay(machine, tests, options, console)
    begin, seeds = time.monotonic(), options.seeds or 1000
    search = Search(machine, tests, seeds, options.machines)
    with _progress(console) as bar:
        task = bar.add_task("schedules", total=seeds)
        found = search.go(lambda done: bar.update(task, completed=done))
    seconds = time.monotonic() - begin
    each = f"{search.done} schedules in {seconds:.0f} s, {seconds / max(search.done, 1):.2f} s each"
    if found is None:
        console.print(
            f"races: {machine.variant}, {machine.harts} harts, {len(tests)} tests: {each}"
        )
        console.print("No schedule failed.")
        return 0
    tell(found, machine, console)
    console.print(f"races: {each}")
    return 1


class Search:
    """Seed after seed, for the tests in turn, several machines at a time."""

    def __init__(
        self, machine: RaceMachine, tests: list[str], seeds: int, at_once: int, first: int = 1
    ) -> None:
        self.done = 0
        self._machine, self._tests, self._at_once = machine, tests, at_once
        self._parts = parts(tests, seeds, first)
        self._lock = threading.Lock()
        self._failures: list[Found] = []
        self._running: set[CopiedMachine] = set()
        self._ended = False

    def go(
        self,
        tell_done: Callable[[int], None],
        seconds: float = float("inf"),
        stop: threading.Event | None = None,
    ) -> Found | None:
        """The first failure; None: there was none, or it was stopped."""
        end = time.monotonic() + seconds
        with ThreadPoolExecutor(self._at_once) as pool:
            workers = [pool.submit(self._work) for _ in range(self._at_once)]
            try:
                while not all(worker.done() for worker in workers):
                    wait(workers, timeout=POLL_SECONDS)
                    tell_done(self.done)
                    if time.monotonic() > end or (stop and stop.is_set()):
                        self._end()
            finally:
                self._end()
        for worker in workers:
            worker.result()
        return min(self._failures, key=lambda found: found.seed) if self._failures else None

    def _end(self) -> None:
        with self._lock:
            self._ended = True
            for machine in self._running:
                machine.kill()

    def _work(self) -> None:
        while not self._ended:
            with self._lock:
                test, seeds = next(self._parts, ("", range(0)))
            if not test:
                return
            with CopiedMachine(self._machine, test) as machine:
                with self._lock:
                    self._running.add(machine)
                try:
                    self._try(machine, test, seeds)
                finally:
                    with self._lock:
                        self._running.remove(machine)

    def _try(self, machine: CopiedMachine, test: str, seeds: range) -> None:
        for seed in seeds:
            if self._ended:
                return
            verdict = machine.run(seeded(test, seed))
            with self._lock:
                if verdict.stopped:
                    return
                self.done += 1
                if verdict.failed:
                    self._failures.append(Found(test, seed, verdict))
                    self._ended = True


def parts(tests: list[str], seeds: int, first: int = 1) -> Iterator[tuple[str, range]]:
    """Each test with some of the seeds, so that a boot serves many: seed n is for test n, and so on in turn."""
    count = len(tests)
    for begin in range(first, first + seeds, count * SEEDS_A_BOOT):
        end = min(begin + count * SEEDS_A_BOOT, first + seeds)
        for at in range(begin, min(begin + count, end)):
            yield tests[at % count], range(at, end, count)


def tell(found: Found, machine: RaceMachine, console: Console) -> None:
    """What failed, and how to see it again."""
    console.print(f"FAILED: {found.test} under SEED={found.seed}: {found.verdict.failed}")
    for line in found.verdict.console[-CONSOLE_LINES:]:
        console.print("    " + line)
    console.print(f"again:  {command(found.test, found.seed, machine)}")
    console.print(f"shrunk: {command(found.test, found.seed, machine)} SHRINK=1")


def command(test: str, seed: int, machine: RaceMachine) -> str:
    harts = f" CPUS={machine.harts}" if machine.harts != RaceMachine.harts else ""
    return f"make races VARIANT={machine.variant}{harts} TEST={test} SEED={seed}"


def replay(machine: RaceMachine, tests: list[str], options: Options, console: Console) -> int:
    """Each of the tests under one seed."""
    assert options.seed is not None
    status = 0
    for test in tests:
        with Replay(machine, test) as again:
            verdict, changes = again.changes_of(options.seed)
            if not verdict.failed:
                console.print(f"passed: {test} under SEED={options.seed}")
                continue
            status = 1
            found = Found(test, options.seed, verdict)
            tell(found, machine, console)
            if options.shrink:
                show_shrunk(again, verdict, changes, options.machines, console)
    return status


def show_shrunk(
    again: Replay, first: Verdict, changes: list[Change], at_once: int, console: Console
) -> None:
    console.print(f"\n{len(changes)} changes of turn; looking for the fewest that still fail")
    with _progress(console) as bar:
        task = bar.add_task("changes left", total=len(changes))
        few = shrink(
            changes,
            lambda some: is_alike(again.run(some), first),
            at_once,
            lambda left: bar.update(task, completed=len(changes) - left),
        )
    trace = again.path()
    verdict = again.trace(few, trace)
    left = "1 change of turn is" if len(few) == 1 else f"{len(few)} changes of turn are"
    console.print(f"{left} left: {verdict.failed}\n")
    for line in steps.show(trace, few, again.machine.kernel, verdict.failed):
        console.print(line)
    console.print(f"\n{verdict.failed}")


def is_alike(verdict: Verdict, first: Verdict) -> bool:
    """Whether it failed in the same way, whatever the numbers are: fewer changes may lead to another failure."""

    def words(failed: str) -> str:
        hangs = "it hangs: " in failed
        return "it hangs" if hangs else re.sub(r"\b[0-9a-f]*[0-9][0-9a-f]*\b", "", failed)

    return bool(verdict.failed) and words(verdict.failed) == words(first.failed)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
