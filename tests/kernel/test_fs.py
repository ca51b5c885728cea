"""The file system's core, compiled for the host with sanitizers (tests/kernel/fs).

Its processes are coroutines that change at waits and at random; its disk loses and tears what was
not flushed. COWSHED_CUTS says how many power cuts there shall be (default 600).
"""

from __future__ import annotations

import os
import re
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
    run_host,
)

SOURCES = Path(__file__).with_name("fs")
KERNEL = [
    *sorted((ROOT / "kernel" / "fs").glob("*.c")),
    ROOT / "kernel" / "dev" / "block.c",
    ROOT / "kernel" / "lib" / "mutex.c",
    ROOT / "kernel" / "lib" / "queue.c",
]
# What stands on the parts above, and has tests of its own.
LEFT_OUT = {"archive.c", "descriptors.c", "file.c", "pipe.c"}
CHECKER = sorted((ROOT / "tools").glob("check*.c"))
COMMON = [SOURCES / f"{name}.c" for name in ("processes", "disk", "machine")]
PROGRAMS = {
    "calls": ["test_calls"],
    "power_cuts": ["power_cuts", "model", "compare"],
    "damage": ["damage"],
    "waiting": ["test_waiting"],
}
CUTS = int(os.environ.get("COWSHED_CUTS", "600"))
SHARDS = 2


@cache
def program(name: str) -> Path:
    """Compiles a program."""
    folders = [SOURCES / "shim", SOURCES.with_name("shim"), SOURCES, ROOT / "tools"]
    flags = [*SANITIZED, "-DDEBUG", *headers(*folders, ROOT / "user" / "include")]
    kernel = [source for source in KERNEL if source.name not in LEFT_OUT]
    sources = [SOURCES / f"{source}.c" for source in PROGRAMS[name]]
    sources += [*kernel, *CHECKER, *COMMON]
    return compile_host(HOST_TESTS / f"fs_{name}", [*flags, *sources, "-lcmocka"])


@pytest.mark.xdist_group("fs-calls")
@pytest.mark.parametrize("name", names_of_tests(SOURCES / "test_calls.c"))
def test_call(name: str) -> None:
    check_cmocka(program("calls"), name)


@pytest.mark.xdist_group("fs-waiting")
@pytest.mark.parametrize("name", names_of_tests(SOURCES / "test_waiting.c"))
def test_waiting(name: str) -> None:
    check_cmocka(program("waiting"), name)


@pytest.mark.xdist_group("fs-power-cuts")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_power_cuts(shard: int) -> None:
    cuts = CUTS // SHARDS
    seed = 1 + shard * 1_000_000
    arguments = ("-s", str(seed), "-n", str(cuts))
    out = run_host(program("power_cuts"), *arguments, timeout=60 + cuts)
    assert int(out.split()[0]) >= cuts, out


@pytest.mark.xdist_group("fs-damage")
def test_damaged_disks() -> None:
    disks, refused = re.findall(r"\d+", run_host(program("damage"), "-n", "400", timeout=300))
    assert int(disks) == 400
    assert 0 < int(refused) < 200
