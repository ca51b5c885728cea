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

BY_MAKE = "COWSHED_BUILT"  # set in the environment by make


def commands_for(items: Sequence[pytest.Item]) -> list[list[str]]:
    """What make has to be told. Guest tests need no more than the kernels of their machines."""
    items = [item for item in items if not tiers.is_unit(item.nodeid)]
    marks = [item.get_closest_marker("guest") for item in items]
    if None in marks:
        variants = " ".join(variants_under_test())
        return [["test-kernels", f"TEST_VARIANTS={variants}"]]
    machines = {mark.args[0] for mark in marks if mark is not None}
    return [*sorted(map(kernel_of, machines)), ["build/tests.img"]] if machines else []


def kernel_of(machine: GuestMachine) -> list[str]:
    words = {"LAZY": machine.lazy, "DEBUG": machine.debug}
    kernel = machine.config("").kernel.relative_to(ROOT)
    return [str(kernel), f"VARIANT={machine.variant}", *(f"{w}=1" for w in words if words[w])]


def make(items: Sequence[pytest.Item]) -> None:
    """Build what is missing or out of date; one of pytest's workers does it, and the others wait."""
    if BY_MAKE in os.environ or not (commands := commands_for(items)):
        return
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "pytest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in [["setup-test"], *commands]:
            command = ["make", "-s", "-j2", *words]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            if done.returncode:
                raise pytest.UsageError(f"{done.stdout}{done.stderr}type: make {' '.join(words)}")
