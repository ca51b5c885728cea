"""The stores of reference counts, compiled for the host with sanitizers (test_count_*.c).

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

SOURCES = Path(__file__).parent
SHIM = ROOT / "tests" / "kernel" / "shim"
STORES = ("array", "hash")


def names_of_tests(store: str) -> list[str]:
    text = (SOURCES / f"test_count_{store}.c").read_text()
    shared = (SOURCES / "count_model.h").read_text()
    return re.findall(r"cmocka_unit_test\((\w+)\)", shared + text)


@cache
def program(store: str) -> Path:
    """Compiles a store with its tests. The shims come before the kernel's own headers."""
    flags = [*SANITIZED, *include(SHIM, SOURCES, ROOT / "variants")]
    flags += include(ROOT / "kernel", option="-idirafter")
    sources = [
        SOURCES / f"test_count_{store}.c",
        SHIM / "frame.c",
        ROOT / "variants" / "common" / f"count_{store}.c",
    ]
    return compile_host(HOST_TESTS / f"test_count_{store}", [*flags, *sources, "-lcmocka"])


@pytest.mark.parametrize(
    ("store", "name"),
    [
        pytest.param(store, name, id=f"{store}-{name}", marks=pytest.mark.xdist_group("stores"))
        for store in STORES
        for name in names_of_tests(store)
    ],
)
def test_store(store: str, name: str) -> None:
    done = subprocess.run(
        [program(store), name],
        env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ok 1 - {name}" in done.stdout.splitlines(), done.stdout
