"""Compiles C for the host, and runs its tests: what several tests need, each of pytest's workers makes for
itself.

A program is put in its place whole. Written there by the compiler, it could be loaded by another
worker when half of it is there, or be replaced while it runs.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.host.running.machine import BUILD, ROOT

HOST_TESTS = BUILD / "host-tests"
PLAIN = "-std=gnu11 -g -O1 -Wall -Wextra -Werror".split()
SANITIZED = [
    *PLAIN,
    *"-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer".split(),
]


def compile_host(target: Path, arguments: Sequence[str | Path]) -> Path:
    """What gcc makes of its arguments: flags and sources, to which the target is added."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        made = Path(folder) / target.name
        done = subprocess.run(
            ["gcc", *arguments, "-o", made], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        made.replace(target)
    return target


def include(*folders: Path, option: str = "-I") -> list[str | Path]:
    """The compiler's words for some folders of headers."""
    words: list[str | Path] = []
    for folder in folders:
        words += [option, folder]
    return words


def headers(*folders: Path) -> list[str | Path]:
    """The compiler's words for these folders, which come before the kernel's own headers."""
    return include(*folders) + include(ROOT / "kernel", option="-idirafter")


# Unit tests with cmocka: each is a pytest test, and runs in a process of its own.


def names_of_tests(*sources: Path, macro: str = "cmocka_unit_test") -> list[str]:
    return [
        name for path in sources for name in re.findall(rf"{macro}\((\w+)\),", path.read_text())
    ]


def run_host(
    program: Path,
    *arguments: str | Path,
    timeout: float = 60,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """What a program says that must end well."""
    done = subprocess.run(
        [program, *arguments],
        env={**environment, "CMOCKA_MESSAGE_OUTPUT": "TAP"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check_cmocka(program: Path, name: str, environment: Mapping[str, str] = os.environ) -> None:
    """Run one test of a program."""
    said = run_host(program, name, environment=environment)
    assert f"ok 1 - {name}" in said.splitlines(), said
