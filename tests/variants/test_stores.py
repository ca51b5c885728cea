"""The stores of reference counts, compiled for the host with sanitizers (test_count_*.c).

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

SOURCES = Path(__file__).parent
SHIM = ROOT / "tests" / "kernel" / "shim"
# The source of each, and the variant whose counts.h its headers include.
STORES = {"array": "cow-reuse", "atomic": "cow-atomic", "hash": "cow-hash"}


@cache
def program(store: str) -> Path:
    """Compiles a store with its tests."""
    variants = ROOT / "variants"
    flags = [*SANITIZED, *headers(SHIM, SOURCES, variants / STORES[store], variants)]
    source = "hash" if store == "hash" else "array"
    sources = [
        SOURCES / f"test_count_{store}.c",
        SHIM / "frame.c",
        variants / "common" / f"count_{source}.c",
    ]
    return compile_host(
        HOST_TESTS / f"test_count_{store}", [*flags, *sources, "-lcmocka", "-lpthread"]
    )


@pytest.mark.parametrize(
    ("store", "name"),
    [
        pytest.param(store, name, id=f"{store}-{name}", marks=pytest.mark.xdist_group("stores"))
        for store in STORES
        for name in names_of_tests(SOURCES / "count_model.h", SOURCES / f"test_count_{store}.c")
    ],
)
def test_store(store: str, name: str) -> None:
    check_cmocka(program(store), name)
