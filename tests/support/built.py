"""What `make test` builds before it starts pytest. Where pytest was started otherwise, as from an editor,
that is done here for the tests that were chosen."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Sequence

import pytest

from bench.host.running.machine import BUILD, ROOT
from tests.guest.guest_machine import GuestMachine, variants_under_test
from tests.support import tiers
from tools.make import environment, kernel, test_goals

BY_MAKE = "COWSHED_BUILT"  # set in the environment by make


def goals_for(items: Sequence[pytest.Item]) -> list[str]:
    """What is to be built. Guest tests need no more than the kernels of their machines."""
    items = [item for item in items if not tiers.is_unit(item.nodeid)]
    marks = [item.get_closest_marker("guest") for item in items]
    if None in marks:
        return test_goals(variants_under_test())
    machines = {mark.args[0] for mark in marks if mark is not None}
    return [*sorted(map(kernel_of, machines)), "build/tests.img"] if machines else []


def kernel_of(machine: GuestMachine) -> str:
    return kernel(machine.variant, lazy=machine.lazy, debug=machine.debug)


def make(items: Sequence[pytest.Item]) -> None:
    """Build what is missing or out of date; one of pytest's workers does it, and the others wait."""
    if BY_MAKE in os.environ or not (goals := goals_for(items)):
        return
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "pytest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (["tools/setup.sh", "test"], ["make", "-s", "-j2", *goals]):
            done = subprocess.run(
                command, cwd=ROOT, env=environment(), capture_output=True, text=True
            )
            if done.returncode:
                raise pytest.UsageError(f"{done.stdout}{done.stderr}type: {' '.join(command)}")
