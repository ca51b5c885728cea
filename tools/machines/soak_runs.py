"""The runs of a soak: which there are, in which order, and what each of them does."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.options import Options
from bench.host.program import TIED
from bench.host.running.machine import BUILD, ROOT, Outcome, run
from tools.machines import build

FOLDER = BUILD / "soak"  # what is kept of runs that went wrong
FSCK = BUILD / "tools" / "fsck"

GRACE = 60.0  # seconds that a machine may take for all but its time of random work
MEMORIES = ("48M", "64M", "256M")
POLL_SECONDS = 0.1
ENDLESS = 10**9  # seeds: more than a run has time for

POWER_CUTS = "power cuts"
SCHEDULES = "schedules"
KINDS = 8  # of machine, of each variant: those of all_runs()
OTHERS = (POWER_CUTS, SCHEDULES)
CUTS_TIMES = 5  # power cuts last so many times as long as another run: they begin with a workload


@dataclass(frozen=True)
class Run:
    """A machine that does random things for some seconds, or machines whose power is cut, or whose harts take
    turns by one schedule after the other."""

    machine: Options
    seconds: int
    seed: int
    cuts: bool = False
    schedules: bool = False

    @property
    def kind(self) -> str:
        """In a few words: the column of the report."""
        if self.cuts:
            return POWER_CUTS
        if self.schedules:
            return SCHEDULES
        return f"{self.machine.disk}, {self.machine.harts} hart{'s' * (self.machine.harts > 1)}"

    @property
    def row(self) -> str:
        """The row of the report."""
        return self.machine.variant + ", lazy" * self.machine.lazy

    @property
    def churn(self) -> str:
        return f"/tests/churn -s {self.seconds} -r {self.seed}"

    @property
    def power_cuts(self) -> list[str]:
        folder = f"{FOLDER.relative_to(ROOT)}/cuts-{self.seed}"
        words = f"power-cuts VARIANT={self.machine.variant} CUTS=1000000 SECONDS={self.seconds}"
        return f"{words} SEED={self.seed} MACHINES=1 OUT={folder}".split()

    def __str__(self) -> str:
        """What one types to do the same once more."""
        if self.cuts:
            return " ".join(["make", *self.power_cuts])
        if self.schedules:
            return f"make races VARIANT={self.machine.variant}, from seed {self.seed} on"
        words = [f"VARIANT={self.machine.variant}", f"CPUS={self.machine.harts}"]
        words += [f"MEM={self.machine.memory}", f"DISK={self.machine.disk}"]
        words += ["LAZY=1"] * self.machine.lazy + ["DEBUG=1"] * self.machine.debug
        words.append(f"TIMEOUT={self.machine.timeout:g}")
        return f"make run CMD='{self.churn}' {' '.join(words)}"


@dataclass
class Result:
    """What a run did."""

    run: Run
    seconds: float = 0.0
    did: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)  # in words
    console: list[str] = field(default_factory=list)
    stopped: bool = False  # before its end: then nothing is known


def all_runs(variants: list[str], seed: int, seconds: int) -> Iterator[Run]:
    """Every kind of machine in turn, in an order that the seed shuffles, for ever: each round with
    power cuts of each variant among them."""
    choose = random.Random(seed)
    for number in range(sys.maxsize):
        kinds = [
            Options(variant, cpus, choose.choice(MEMORIES), lazy, disk)
            for variant in variants
            for cpus in (1, 4)
            for lazy in (False, True)
            for disk in ("ram", "virtio")
        ]
        runs = [Run(kind, seconds, 0) for kind in kinds]
        runs += [Run(Options(variant), CUTS_TIMES * seconds, 0, cuts=True) for variant in variants]
        runs += [Run(Options(variant), seconds, 0, schedules=True) for variant in variants]
        choose.shuffle(runs)
        for place, each in enumerate(runs):
            # A kind of machine has the debug kernel in every fourth round.
            debug = not (each.cuts or each.schedules) and (number + place) % 4 == 3
            yield _with(each, debug=debug, seed=choose.randrange(1, 2**31))


def _with(run: Run, *, debug: bool, seed: int) -> Run:
    machine = replace(run.machine, debug=debug, timeout=run.seconds + GRACE)
    return replace(run, machine=machine, seed=seed)


def do(each: Run, stop: threading.Event) -> Result:
    """Do a run to its end, or until it is stopped."""
    start = time.monotonic()
    result = Result(each)
    try:
        (_cut_power if each.cuts else _race if each.schedules else _churn)(each, result, stop)
    except BenchError as error:
        result.wrong.append(str(error))
    result.seconds = time.monotonic() - start
    result.stopped = stop.is_set()
    return result


def _churn(each: Run, result: Result, stop: threading.Event) -> None:
    machine = each.machine
    with build.machine_for(machine, each.churn, time_limit=machine.timeout) as config:
        outcome = run(config, stop=stop)
        result.console = outcome.lines
        result.wrong += _faults(outcome, machine)
        if machine.disk == "virtio" and not outcome.stopped:
            result.wrong += _faults_of_disk(config.disks[0].image, result)
            if result.wrong:
                FOLDER.mkdir(exist_ok=True)
                config.disks[0].image.replace(FOLDER / f"{each.seed}.img")
                result.wrong.append(f"its disk is build/soak/{each.seed}.img")
    for line in outcome.lines:
        result.did.update(counts_in(line))


def _faults(outcome: Outcome, machine: Options) -> list[str]:
    if outcome.stopped:
        return []
    if outcome.timed_out:
        return [f"no end after {machine.timeout:g} s"]
    if outcome.status != 0:
        return [f"the machine ended with status {outcome.status} {outcome.errors}".rstrip()]
    return []


def _faults_of_disk(image: Path, result: Result) -> list[str]:
    done = subprocess.run([FSCK, image], capture_output=True, text=True, errors="replace")
    result.did["disks checked"] += 1
    if done.returncode == 0:
        return []
    return [f"fsck: status {done.returncode}", *(done.stdout + done.stderr).splitlines()]


def _cut_power(each: Run, result: Result, stop: threading.Event) -> None:
    process = subprocess.Popen(
        [*TIED, sys.executable, "cowshed", *each.power_cuts],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    ended = threading.Event()
    threading.Thread(target=_end_on, args=(process, stop, ended), daemon=True).start()
    assert process.stdout is not None
    with process.stdout:
        result.console = process.stdout.read().splitlines()
    process.wait()
    ended.set()
    if process.returncode != 0 and not stop.is_set():
        result.wrong.append(f"power cuts ended with status {process.returncode}")
    elif not process.returncode:
        shutil.rmtree(FOLDER / f"cuts-{each.seed}", ignore_errors=True)
    for line in result.console:
        if match := re.match(r"(\d+) power cuts?, ", line):
            result.did["power cuts"] += int(match[1])


def _race(each: Run, result: Result, stop: threading.Event) -> None:
    from tests.races import command
    from tests.races.schedule import RaceMachine

    machine = RaceMachine(each.machine.variant)
    search = command.Search(machine, machine.tests(), ENDLESS, at_once=1, first=each.seed)
    found = search.go(lambda done: None, each.seconds, stop)
    result.did[SCHEDULES] += search.done
    if found is not None:
        result.console = list(found.verdict.console)
        result.wrong += [found.verdict.failed, command.command(found.test, found.seed, machine)]


def _end_on(process: subprocess.Popen[str], stop: threading.Event, ended: threading.Event) -> None:
    while not ended.wait(POLL_SECONDS):
        if stop.is_set():
            process.terminate()
            return


def counts_in(line: str) -> dict[str, int]:
    """Of churn's line "churn: 9 rounds in 2 s, seed 5: 12 forks, 7 own files": the part at the end."""
    match = re.fullmatch(r"churn: \d+ rounds .*: (.*)", line)
    counts = [count.split(" ", 1) for count in match[1].split(", ")] if match else []
    return {what: int(number) for number, what in counts}
