"""The context of a result: what it takes to run it again, and nothing that differs between two
runs or two clones: no date, no host name, no path."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from bench.host.errors import BenchError

# Results that differ in one of these are never put into one table or plot.
COMPARABLE = (
    "unit",
    "clock",
    "harts",
    "memory",
    "heap",
    "arguments",
    "flags",
    "compiler",
    "qemu",
    "firmware",
)

# Flags that name folders or the variant, or ask for warnings, and change no instruction.
_LEFT_OUT = (
    "-ffile-prefix-map=",
    "-fdebug-prefix-map=",
    "-W",
    "-I",
    "-M",
    "-DVARIANT=",
)


def describe(
    *,
    variant: str,
    lazy: bool,
    memory: str,
    arguments: list[str],
    images: dict[str, str],
    flags: str,
    compiler: str,
    qemu: str,
    cores: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """All of the context that is known before the machine runs."""
    return {
        # What was measured.
        "variant": variant,
        "heap": "lazy" if lazy else "eager",
        "unit": "instructions",
        "clock": "icount shift=0,sleep=off: 1 instruction = 1 ns of guest time",
        "harts": 1,
        "memory": memory,
        "arguments": arguments,
        # What it was made with.
        "images": images,
        "flags": lasting(flags),
        "compiler": first_line(compiler, "--version"),
        "qemu": first_line(qemu, "--version"),
        # The geometries that the probe has simulated, by name.
        **({"cores": dict(cores)} if cores else {}),
    }


def lasting(flags: str) -> str:
    """The flags that are the same in every clone and for every variant."""
    words = flags.replace("-I ", "-I").split()
    return " ".join(word for word in words if not word.startswith(_LEFT_OUT))


@cache
def first_line(*command: str) -> str:
    """The first line that a program prints, such as its version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise BenchError(f"cannot ask {command[0]} for its version: {error}") from None
    return done.stdout.partition("\n")[0].strip()
