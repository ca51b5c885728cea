"""Guest tests: which there are, on which machines they run, and what a machine said of them."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from tap.line import Result
from tap.parser import Parser

from bench.host.running.machine import BUILD, ROOT, MachineConfig, boot_arguments, kernel_path, run
from bench.host.variants import all_variants

SOURCES = ROOT / "tests" / "guest"
RUNNER = "/tests/runner"
IMAGE = "tests.img"  # in the build folder

# A definition as tests/guest/test.h describes it.
DEFINITION = re.compile(r"^TEST\((\w+)(?:,\s+([^;{]*?))?\)$", re.MULTILINE)
SETTING = re.compile(r"\.(\w+) = (?:\"([^\"]*)\"|(\S+?))(?:,\s+|$)")

SILENCE = 150.0  # seconds without a word: the machine hangs

# More names than this would not fit into the boot arguments.
MAX_CHOSEN_NAMES = 12


@dataclass(frozen=True)
class GuestTest:
    """A test of tests/guest, by what its source says."""

    name: str
    processes: int = 0
    harts: int = 0
    variants: tuple[str, ...] = ()  # none: all
    heap: str = ""  # "eager" or "lazy"; none: both
    exact: bool = False  # needs the exact clock

    def runs_on(self, machine: GuestMachine) -> bool:
        return (
            self.processes <= machine.processes
            and self.harts <= machine.harts
            and (not self.variants or machine.variant in self.variants)
            and self.heap in ("", "lazy" if machine.lazy else "eager")
            and not (self.exact and machine.free_running)
        )


@dataclass(frozen=True)
class GuestMachine:
    """A machine that runs guest tests."""

    variant: str
    harts: int
    debug: bool
    lazy: bool = False
    exact: bool = False  # the exact clock on several harts, which one hart has anyway
    memory: str = "32M"
    processes: int = 64
    globs: str = "*"  # the tests that it is there for, as the runner's argument test=
    time_limit: float = 1800.0  # seconds; on a busy computer it takes minutes

    @property
    def name(self) -> str:
        words = [self.variant, f"{self.harts}hart{'s' if self.harts > 1 else ''}"]
        words += ["lazy"] * self.lazy + ["debug"] * self.debug
        words += ["exact"] * self.exact
        words += [f"{self.processes}procs"] * (self.processes != 64)
        return "-".join(words)

    @property
    def free_running(self) -> bool:
        return self.harts > 1 and not self.exact

    def tests(self) -> list[GuestTest]:
        return [test for test in all_tests() if test.runs_on(self) and self.wants(test.name)]

    def wants(self, name: str) -> bool:
        """As the runner chooses: the last pattern that matches decides."""
        wanted = False
        for glob in self.globs.split(","):
            if fnmatch(name, glob.removeprefix("-")):
                wanted = not glob.startswith("-")
        return wanted

    def globs_for(self, names: list[str]) -> str:
        """What to tell the runner so that it runs at least these of the machine's tests."""
        return ",".join(names) if len(names) <= MAX_CHOSEN_NAMES else self.globs

    def config(self, globs: str, build: Path = BUILD) -> MachineConfig:
        bootargs = boot_arguments(
            RUNNER,
            f"test={globs}",
            f"procs={self.processes}",
            f"harts={self.harts}",
            f"variant={self.variant}",
            *["heap=lazy"] * self.lazy,
            *["exact=1"] * (not self.free_running),
            procs=self.processes,
        )
        return MachineConfig(
            kernel=kernel_path(self.variant, lazy=self.lazy, debug=self.debug, build=build),
            initrd=build / IMAGE,
            bootargs=bootargs,
            memory=self.memory,
            harts=self.harts,
            free_running=self.free_running,
            time_limit=self.time_limit,
        )


@dataclass
class GuestResult:
    """What a machine said of one test."""

    ok: bool
    skipped: str = ""
    console: list[str] = field(default_factory=list)  # from the test's start to its result


@dataclass
class GuestRun:
    """What a machine did."""

    results: dict[str, GuestResult]
    planned: int | None
    status: int | None
    lines: list[str]
    end: str  # in words

    def result(self, name: str) -> GuestResult:
        """What was said of a test; a test of which nothing was said has failed."""
        missing = GuestResult(ok=False, console=[*self.lines[-15:], f"no result: {self.end}"])
        return self.results.get(name, missing)


@cache
def all_tests() -> list[GuestTest]:
    tests = []
    for path in sorted(SOURCES.glob("*.c")):
        for name, settings in DEFINITION.findall(path.read_text()):
            tests.append(_test(name, settings))
    return sorted(tests, key=lambda test: test.name)


def _test(name: str, settings: str) -> GuestTest:
    values = {key: text or word for key, text, word in SETTING.findall(settings)}
    return GuestTest(
        name=name,
        processes=int(values.get("processes", 0)),
        harts=int(values.get("harts", 0)),
        variants=tuple(values.get("variants", "").split()),
        heap=values.get("heap", ""),
        exact=values.get("exact", "0") == "1",
    )


def variants_under_test() -> list[str]:
    """Those of `make test VARIANT=...`, or all."""
    return os.environ.get("COWSHED_VARIANTS", "").split() or all_variants(ROOT)


def any_variant(variants: Sequence[str] = ()) -> str:
    """Of those under test the one for what no strategy can change."""
    some = variants or variants_under_test()
    return "cow-reuse" if "cow-reuse" in some else some[-1]


# The variants of the beginning. Between them they have each kind of store, fork and last owner, so what
# boots these need not boot the others too, if it is not about the strategy.
FIRST = ("eager", "cow-array", "cow-hash", "cow-reuse")


def first_variants() -> list[str]:
    """For tests in which a strategy has a small part: the variant of `make test VARIANT=...`, or the first ones."""
    chosen = variants_under_test()
    return [v for v in chosen if v in FIRST] or chosen


def further_variants() -> list[str]:
    """The others."""
    return [v for v in variants_under_test() if v not in first_variants()]


# What no strategy and no kind of heap takes part in: once for each number of harts and each build of the
# kernel is enough.
NO_STRATEGY = (
    "-chdir_*,-cycle_*,-descriptors_*,-directory_*,-disk_usage_*,-exec_arg*,-exec_of_*,-fairness_*,-file_*,"
    "-illegal_*,-kill_*,-mknod_*,-open_*,-orphans_*,-paths_*,-pipe*,-preemption_*,-processes_*,"
    "-registers_over_preemption*,-siblings_*,-sleep*,-turns_*,-uptime_*,-wait_is*,-zombies_*"
)

# What several harts do to each other. One hart has each of these orders once, under the exact clock with
# the audit; without the audit, or with another heap, it would see no more of it.
RACES = "-row1_killed_*,-row5_*,-row6_*,-row20_*,row5_row6_*"


def machines(variants: list[str]) -> list[GuestMachine]:
    """Every machine of `make test`.

    The debug kernels audit all frames at each exit and find frames freed twice; the others are
    those that are measured. On several harts those run under schedules (tests/races). What the audit
    costs grows with the memory, and so does a test that takes all of it: 32 MiB are enough for each of
    them, and one machine has more.
    """
    found = []
    first = [v for v in variants if v in FIRST] or variants
    for variant in variants:
        if variant not in first:
            found += further_machines(variant)
            continue
        more = "" if variant == any_variant(variants) else f",{NO_STRATEGY}"
        found += [
            GuestMachine(variant, harts=1, debug=True, globs=f"*,-preemption_*{more}"),
            GuestMachine(variant, harts=1, debug=False, memory="64M", globs=f"*,{RACES}{more}"),
            GuestMachine(variant, harts=4, debug=False, globs=f"*{more}"),
            GuestMachine(variant, harts=1, debug=True, lazy=True, globs=f"*,{RACES},{NO_STRATEGY}"),
            GuestMachine(variant, harts=4, debug=False, lazy=True, globs=f"*,{NO_STRATEGY}"),
            GuestMachine(
                variant,
                harts=1,
                debug=False,
                memory="256M",
                processes=600,
                globs="row12_*,all_processes_*",
            ),
        ]
    return found


def further_machines(variant: str) -> list[GuestMachine]:
    """Of one that differs from a first one in its strategy: each test that a strategy can change, with the
    audit, with races, with a lazy heap, and with many owners. Four harts with the audit run under schedules
    (tests/races)."""
    return [
        GuestMachine(variant, harts=1, debug=True, globs=f"*,-preemption_*,{NO_STRATEGY}"),
        GuestMachine(variant, harts=4, debug=False, globs=f"*,{NO_STRATEGY}"),
        GuestMachine(variant, harts=1, debug=True, lazy=True, globs=f"*,{RACES},{NO_STRATEGY}"),
        GuestMachine(variant, harts=1, debug=False, memory="256M", processes=600, globs="row12_*"),
    ]


class Silence(threading.Event):
    """Is set when nothing has been heard for so many seconds: a single test takes few, however busy
    the computer is."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._heard = time.monotonic()

    def hear(self, line: str) -> None:
        self._heard = time.monotonic()

    def is_set(self) -> bool:
        return time.monotonic() - self._heard > self._seconds


def run_guest_tests(machine: GuestMachine, names: list[str], silence: float = SILENCE) -> GuestRun:
    """Boot the machine and run these of its tests."""
    silent = Silence(silence)
    outcome = run(machine.config(machine.globs_for(names)), on_line=silent.hear, stop=silent)
    if outcome.timed_out or outcome.stopped:
        end = f"killed after {outcome.seconds:.0f} s"
    elif outcome.flooded:
        end = "killed, since its console flooded"
    else:
        end = f"the machine ended with status {outcome.status} {outcome.errors}"
    results, planned = parse(outcome.lines)
    return GuestRun(results, planned, outcome.status, outcome.lines, end)


def parse(lines: list[str]) -> tuple[dict[str, GuestResult], int | None]:
    results: dict[str, GuestResult] = {}
    planned = None
    parser = Parser()
    console: list[str] = []
    for text in lines:
        line = parser.parse_line(text)
        if text.startswith("# run "):
            console = []
        elif line.category == "plan":
            planned = line.expected_tests
        elif line.category == "test":
            name = _name(line)
            results[name] = GuestResult(
                ok=line.ok, skipped=line.directive.text if line.skip else "", console=console
            )
            console = []
        console.append(text)
    return results, planned


def _name(line: Result) -> str:
    """A result's description is " - name", in the parser's eyes."""
    return str(line.description).strip().removeprefix("-").strip()


def sources_of_bad_files() -> set[str]:
    """The malformed programs that tests/guest/exec.c tries, without their folder."""
    text = Path(SOURCES / "exec.c").read_text()
    return set(re.findall(r'"/tests/bad/(\w+)"', text))
