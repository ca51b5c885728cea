"""Drivers, compiled for the host with sanitizers (tests/kernel/dev), on devices that do what no real one
can be made to do.

Each test of each program is a pytest test, and runs in a process of its own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.support.host_build import (
    HOST_TESTS,
    SANITIZED,
    check_cmocka,
    compile_host,
    headers,
    names_of_tests,
)

SOURCES = Path(__file__).with_name("dev")
DRIVERS = {"plic": "plic", "disk": "virtio_block"}


@cache
def program(name: str) -> Path:
    """Compiles a driver with its tests."""
    flags = [*SANITIZED, *headers(SOURCES / "shim")]
    sources = [SOURCES / f"test_{name}.c", ROOT / "kernel" / "dev" / f"{DRIVERS[name]}.c"]
    return compile_host(HOST_TESTS / f"test_{name}", [*flags, *sources, "-lcmocka"])


@pytest.mark.parametrize(
    ("driver", "name"),
    [(each, name) for each in DRIVERS for name in names_of_tests(SOURCES / f"test_{each}.c")],
)
def test_driver(driver: str, name: str) -> None:
    check_cmocka(program(driver), name)
