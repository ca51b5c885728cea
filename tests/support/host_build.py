"""Compiles C for the host: what several tests need, each of pytest's workers makes for itself.

A program is put in its place whole. Written there by the compiler, it could be loaded by another
worker when half of it is there, or be replaced while it runs.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.host.running.machine import BUILD

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
    return [word for folder in folders for word in (option, folder)]
