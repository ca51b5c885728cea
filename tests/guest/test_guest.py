"""The guest tests: each test on each machine, by what the machine's TAP says of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guest import make_files
from tests.guest.guest_machine import (
    GuestMachine,
    GuestRun,
    machines,
    run_guest_tests,
    sources_of_bad_files,
    variants_under_test,
)
from tests.support.scripts import make_script

GuestRunner = Callable[[GuestMachine], GuestRun]
MACHINES = machines(variants_under_test())


def parameters() -> list[object]:
    """One for each test on each machine."""
    return [
        pytest.param(
            machine,
            test.name,
            id=f"{machine.name}-{test.name}",
            marks=[
                pytest.mark.guest(machine, test.name),
                pytest.mark.xdist_group(f"guest-{machine.name}"),
            ],
        )
        for machine in MACHINES
        for test in machine.tests()
    ]


@pytest.mark.parametrize(("machine", "name"), parameters())
def test_guest(machine: GuestMachine, name: str, guest_run: GuestRunner) -> None:
    result = guest_run(machine).result(name)
    if not result.ok:
        pytest.fail("\n".join(result.console), pytrace=False)
    assert not result.skipped, f"{machine.name} was to run it, but: {result.skipped}"


@pytest.mark.parametrize(
    "machine",
    [
        pytest.param(
            machine, id=machine.name, marks=pytest.mark.xdist_group(f"guest-{machine.name}")
        )
        for machine in MACHINES
    ],
)
def test_machine_ends_well(machine: GuestMachine, guest_run: GuestRunner) -> None:
    """All planned tests ran, and the exit status says whether all passed."""
    run = guest_run(machine)
    tail = "\n".join(run.lines[-15:])
    assert run.planned == len(run.results), f"{run.end}\n{tail}"
    assert not [line for line in run.lines if line.startswith("cowshed: panic")], tail
    all_passed = all(result.ok for result in run.results.values())
    assert run.status == (0 if all_passed else 1), f"{run.end}\n{tail}"


def test_machine_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for QEMU, which does not get to the result of its first test."""
    make_script(tmp_path / "qemu-system-riscv64", "echo '# run one'; sleep 600")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    run = run_guest_tests(MACHINES[0], ["one"], silence=1)
    assert run.status is None
    assert run.result("one").console[-2] == "# run one"
    assert run.result("one").console[-1].startswith("no result: killed after ")


def test_each_bad_file_is_tried() -> None:
    """The files that make_files.py makes are those that tests/guest/exec.c names."""
    assert sources_of_bad_files() == set(make_files.BAD)
