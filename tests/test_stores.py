"""The stores of reference counts, compiled for the host with sanitizers (tests/host).

Each test of each program is a pytest test, and runs in a process of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import BUILD, ROOT

SOURCES = ROOT / "tests" / "host"
STORES = ("array", "hash")
FLAGS = (
    "-std=gnu11 -g -O1 -Wall -Wextra -Werror "
    "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
).split()


def names_of_tests(store: str) -> list[str]:
    text = (SOURCES / f"test_count_{store}.c").read_text()
    shared = (SOURCES / "count_model.h").read_text()
    return re.findall(r"cmocka_unit_test\((\w+)\)", shared + text)


@cache
def program(store: str) -> Path:
    """Compiles a store with its tests. The shims come before the kernel's own headers."""
    folder = BUILD / "host-tests"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"test_count_{store}"
    includes: list[str | Path] = ["-I", SOURCES / "shim", "-I", SOURCES, "-I", ROOT / "variants"]
    sources = [
        SOURCES / f"test_count_{store}.c",
        SOURCES / "shim" / "frame.c",
        ROOT / "variants" / "common" / f"count_{store}.c",
    ]
    command: list[str | Path] = ["gcc", *FLAGS, *includes, "-idirafter", ROOT / "kernel", *sources]
    subprocess.run([*command, "-lcmocka", "-o", path], check=True, timeout=60)
    return path


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
