"""The test programs of the system's disk: cowtest, usertest and churn, in machines with a virtio
disk that fsck checks afterwards.

Each machine is booted once; usertest's parts are cases of their own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import (
    BUILD,
    ROOT,
    Disk,
    MachineConfig,
    Outcome,
    boot_arguments,
    kernel_path,
    run,
)
from tests.guest.guest_machine import (
    any_variant,
    first_variants,
    further_variants,
    variants_under_test,
)

FSCK = BUILD / "tools" / "fsck"
PARTS = re.findall(r"^PART\((\w+)\)", (ROOT / "tests/programs/usertest/parts.h").read_text(), re.M)
COW_PARTS = (
    "simple three file generations ancestors exec text pointers memory owners pipes resize"
).split()


@dataclass(frozen=True)
class Machine:
    variant: str
    lazy: bool
    harts: int = 4
    debug: bool = False

    @property
    def name(self) -> str:
        words = [self.variant, *["lazy"] * self.lazy, *["debug"] * self.debug]
        return "-".join([*words, f"{self.harts}hart{'s' if self.harts > 1 else ''}"])


MACHINES = [
    *(Machine(v, lazy) for v in first_variants() for lazy in (False, True)),
    *(Machine(v, False) for v in further_variants()),
]
# Its parts are about system calls, in which no strategy takes part: with each kind of heap once.
ONCE = any_variant()
USERTEST = [machine for machine in MACHINES if machine.variant == ONCE]
DEBUG = [Machine(v, lazy, debug=True) for v in first_variants() for lazy in (False, True)]


def each(machines: list[Machine]) -> list[object]:
    """A parameter for each machine, all of whose tests run in one worker."""
    return [
        pytest.param(m, id=m.name, marks=pytest.mark.xdist_group(f"programs-{m.name}"))
        for m in machines
    ]


def boot(folder: Path, machine: Machine, *words: str) -> Outcome:
    """Runs a program as the first process, and checks the disk that it leaves."""
    image = folder / "disk.img"
    shutil.copy(BUILD / "root.img", image)
    outcome = run(
        MachineConfig(
            kernel=kernel_path(machine.variant, lazy=machine.lazy, debug=machine.debug),
            disks=(Disk(image, durable=False),),
            bootargs=boot_arguments(*words),
            memory="128M",
            harts=machine.harts,
            free_running=True,
            time_limit=600,  # for a machine that hangs: on a busy computer it may take minutes
        )
    )
    checked = subprocess.run([FSCK, image], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + tail(outcome)
    image.unlink()
    return outcome


def tail(outcome: Outcome) -> str:
    kills = re.compile(r"cowshed: pid .* killed: ")
    lines = [line for line in outcome.lines if not kills.match(line)]
    how = "killed from here" if outcome.status is None else f"ended with {outcome.status}"
    return "\n".join([*lines[-30:], f"({how} after {outcome.seconds:.0f} s)"])


@cache
def usertest(folder: Path, machine: Machine) -> Outcome:
    return boot(folder, machine, "/tests/usertest")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("machine", each(USERTEST))
def test_usertest(folder: Path, machine: Machine, part: str) -> None:
    outcome = usertest(folder, machine)
    said = [line for line in outcome.lines if line.startswith(f"{part}: ")]
    assert said == [f"{part}: ok"], tail(outcome)


@pytest.mark.parametrize("machine", each(USERTEST))
def test_usertest_ends_well(folder: Path, machine: Machine) -> None:
    outcome = usertest(folder, machine)
    assert "ALL TESTS PASSED" in outcome.lines, tail(outcome)
    assert outcome.status == 0


@pytest.mark.parametrize("machine", each(MACHINES))
def test_cowtest(folder: Path, machine: Machine) -> None:
    """Where fork copies, memory cannot hold two thirds of itself twice; all else is right."""
    outcome = boot(folder, machine, "/tests/cowtest")
    said = [line for line in outcome.lines if line.partition(": ")[0] in COW_PARTS]
    expected = [f"{part}: ok" for part in COW_PARTS]
    last = "ALL COW TESTS PASSED"
    if machine.variant == "eager":
        expected[0] = "simple: fork() failed"
        last = "1 FAILED"
    assert said == expected, tail(outcome)
    assert outcome.lines[-1] == last
    assert outcome.status == (1 if machine.variant == "eager" else 0)


@pytest.mark.parametrize("machine", each(DEBUG))
def test_churn(folder: Path, machine: Machine) -> None:
    """In a kernel that audits at each exit and finds frames that are freed twice."""
    outcome = boot(folder, machine, "/tests/churn", "-s", "3", "-r", str(len(machine.name)))
    assert "churn: ok" in outcome.lines, tail(outcome)
    assert outcome.status == 0


# How the programs take their arguments.


def test_parts_are_listed(folder: Path) -> None:
    outcome = boot(folder, MACHINES[0], "/tests/usertest", "-l")
    assert [line for line in outcome.lines if line in PARTS] == PARTS
    assert outcome.status == 0


def test_parts_run_by_name(folder: Path) -> None:
    outcome = boot(folder, MACHINES[0], "/tests/usertest", "links", "paths")
    assert outcome.lines[-3:] == ["links: ok", "paths: ok", "ALL TESTS PASSED"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["/tests/usertest", "absent"], "there is no part absent"),
        (["/tests/cowtest", "simple", "-x"], "there is no part -x"),
        (["/tests/churn", "-s"], "usage: churn"),
        (["/tests/churn", "-s", "x"], "usage: churn"),
        (["/tests/churn", "-p", "9"], "usage: churn"),
        (["/tests/churn", "5"], "usage: churn"),
    ],
)
def test_wrong_arguments(folder: Path, words: list[str], says: str) -> None:
    outcome = boot(folder, MACHINES[0], *words)
    assert outcome.status == 2
    assert any(says in line for line in outcome.lines), tail(outcome)
