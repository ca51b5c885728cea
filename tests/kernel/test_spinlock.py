"""The kernel's spinlock, compiled for the host with ThreadSanitizer: threads take the part of harts
(tests/kernel/spin)."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.support.host_build import HOST_TESTS, PLAIN, compile_host, include

SOURCES = Path(__file__).with_name("spin")
TEST_SOURCE = SOURCES / "test_spinlock.c"
NAMES = re.findall(r"cmocka_unit_test\((\w+)\)", TEST_SOURCE.read_text())


@cache
def program() -> Path:
    flags = [*PLAIN, "-DPATIENCE=100", "-fsanitize=thread", *include(SOURCES, ROOT / "kernel")]
    sources = [TEST_SOURCE, ROOT / "kernel" / "lib" / "spinlock.c"]
    return compile_host(HOST_TESTS / "test_spinlock", [*flags, *sources, "-lcmocka", "-lpthread"])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group("spinlock")) for name in NAMES]
)
def test_spinlock(name: str) -> None:
    done = subprocess.run(
        [program(), name],
        env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ok 1 - {name}" in done.stdout.splitlines(), done.stdout
