"""Drivers, compiled for the host with sanitizers (tests/kernel/dev), on devices that do what no real one
can be made to do.

Each test of each program is a pytest test, and runs in a process of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.support.host_build import HOST_TESTS, SANITIZED, compile_host, include

SOURCES = Path(__file__).with_name("dev")
DRIVERS = {"plic": "plic", "disk": "virtio_block"}


@cache
def program(name: str) -> Path:
    """Compiles a driver with its tests. The shims come before the kernel's own headers."""
    flags = [*SANITIZED, *include(SOURCES / "shim")]
    flags += include(ROOT / "kernel", option="-idirafter")
    sources = [SOURCES / f"test_{name}.c", ROOT / "kernel" / "dev" / f"{DRIVERS[name]}.c"]
    return compile_host(HOST_TESTS / f"test_{name}", [*flags, *sources, "-lcmocka"])


def names_of_tests(name: str) -> list[str]:
    return re.findall(r"cmocka_unit_test\((\w+)\)", (SOURCES / f"test_{name}.c").read_text())


@pytest.mark.parametrize(
    ("driver", "name"), [(driver, name) for driver in DRIVERS for name in names_of_tests(driver)]
)
def test_driver(driver: str, name: str) -> None:
    done = subprocess.run(
        [program(driver), name],
        env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ok 1 - {name}" in done.stdout.splitlines(), done.stdout
