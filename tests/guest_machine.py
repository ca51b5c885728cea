"""Guest tests: which there are, on which machines they run, and what a machine said of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tap.line import Result
from tap.parser import Parser

from bench.host.variants import all_variants
from bench.host.machine import BUILD, ROOT, Clock, MachineConfig, boot_arguments, kernel_path, run

SOURCES = ROOT / "tests" / "guest"
RUNNER = "/tests/runner"
IMAGE = "tests.cpio"  # in the build folder

# A definition as tests/guest/test.h describes it.
DEFINITION = re.compile(r"^TEST\((\w+)(?:, (.*))?\)$", re.MULTILINE)
SETTING = re.compile(r"\.(\w+) = (?:\"([^\"]*)\"|(\S+?))(?:, |$)")

# More names than this would not fit into the boot arguments.
MAX_CHOSEN_NAMES = 12


@dataclass(frozen=True)
class GuestTest:
    """A test of tests/guest, by what its source says."""

    name: str
    processes: int = 0
    harts: int = 0
    variants: tuple[str, ...] = ()  # none: all

    def runs_on(self, machine: GuestMachine) -> bool:
        return (
            self.processes <= machine.processes
            and self.harts <= machine.harts
            and (not self.variants or machine.variant in self.variants)
        )


@dataclass(frozen=True)
class GuestMachine:
    """A machine that runs guest tests."""

    variant: str
    harts: int
    debug: bool
    memory: str = "64M"
    processes: int = 64
    only: str = ""  # a regular expression: names of tests that this machine is there for
    time_limit: float = 150.0  # seconds

    @property
    def name(self) -> str:
        words = [self.variant, f"{self.harts}hart{'s' if self.harts > 1 else ''}"]
        words += ["debug"] * self.debug + [f"{self.processes}procs"] * (self.processes != 64)
        return "-".join(words)

    @property
    def clock(self) -> Clock:
        return "icount" if self.harts == 1 else "wall"

    def tests(self) -> list[GuestTest]:
        return [
            test for test in all_tests() if test.runs_on(self) and re.search(self.only, test.name)
        ]

    def config(self, glob: str, build: Path = BUILD) -> MachineConfig:
        bootargs = boot_arguments(
            RUNNER,
            f"test={glob}",
            f"procs={self.processes}",
            f"harts={self.harts}",
            f"variant={self.variant}",
            procs=self.processes,
        )
        return MachineConfig(
            kernel=kernel_path(self.variant, debug=self.debug, build=build),
            initrd=build / IMAGE,
            bootargs=bootargs,
            memory=self.memory,
            harts=self.harts,
            clock=self.clock,
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
    )


def variants_under_test() -> list[str]:
    """Those of `make test VARIANT=...`, or all."""
    return os.environ.get("COWSHED_VARIANTS", "").split() or all_variants(ROOT)


def machines(variants: list[str]) -> list[GuestMachine]:
    """Every machine of `make test`.

    The debug kernels audit all frames at each exit and find frames freed twice; what depends on
    timing runs on the kernels that are measured, too.
    """
    timing = r"row5|row6|row13|row20|preemption|registers|orphan|kill"
    found = []
    for variant in variants:
        found += [
            GuestMachine(variant, harts=1, debug=True),
            GuestMachine(variant, harts=4, debug=True),
            GuestMachine(variant, harts=1, debug=False),
            GuestMachine(variant, harts=4, debug=False, only=timing),
            GuestMachine(
                variant,
                harts=1,
                debug=False,
                memory="256M",
                processes=600,
                only="row12|all_processes",
            ),
        ]
    return found


def run_guest_tests(machine: GuestMachine, names: list[str]) -> GuestRun:
    """Boot the machine and run these of its tests, or all when there are many."""
    glob = ",".join(names) if len(names) <= MAX_CHOSEN_NAMES else "*"
    if glob == "*" and machine.only:
        glob = _prefixes(names)
    outcome = run(machine.config(glob))
    if outcome.timed_out:
        end = f"killed after {outcome.seconds:.0f} s"
    elif outcome.flooded:
        end = "killed, since its console flooded"
    else:
        end = f"the machine ended with status {outcome.status} {outcome.errors}"
    results, planned = parse(outcome.lines)
    return GuestRun(results, planned, outcome.status, outcome.lines, end)


def _prefixes(names: list[str]) -> str:
    """Patterns that match these names, and perhaps some more, in few words."""
    return ",".join(sorted({name.split("_")[0] + "_*" for name in names}))


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
