"""The kernel's spinlock, compiled for the host with ThreadSanitizer: threads take the part of harts
(tests/kernel/spin)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.support.host_build import (
    HOST_TESTS,
    PLAIN,
    check_cmocka,
    compile_host,
    include,
    names_of_tests,
)

SOURCES = Path(__file__).with_name("spin")
TEST_SOURCE = SOURCES / "test_spinlock.c"


@cache
def program() -> Path:
    flags = [*PLAIN, "-DPATIENCE=100", "-fsanitize=thread", *include(SOURCES, ROOT / "kernel")]
    sources = [TEST_SOURCE, ROOT / "kernel" / "lib" / "spinlock.c"]
    return compile_host(HOST_TESTS / "test_spinlock", [*flags, *sources, "-lcmocka", "-lpthread"])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xdist_group("spinlock"))
        for name in names_of_tests(TEST_SOURCE)
    ],
)
def test_spinlock(name: str) -> None:
    check_cmocka(program(), name)
