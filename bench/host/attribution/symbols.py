"""The functions and lines that instructions come from, inlined ones too: what addr2line reads in the debug
information of an ELF file."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bench.host.errors import BenchError

ADDR2LINE = "riscv64-unknown-elf-addr2line"
UNKNOWN = "??"
# Such as ./kernel/mm/space.c:301 (discriminator 3): the Makefile makes places relative to the project.
LINE = re.compile(r"(?:\./)?(.*):(\d+|\?)(?: \(discriminator \d+\))?")


@dataclass(frozen=True)
class Place:
    """A line of a function."""

    function: str
    file: str  # from the project's folder; "" where it is not known
    line: int  # 0 where it is not known


Chain = tuple[
    Place, ...
]  # the line itself first, then those that the functions around are inlined at


def chains(elf: Path, addresses: Iterable[int]) -> dict[int, Chain]:
    """Of each address, in one call of addr2line."""
    return _chains(elf, elf.stat().st_mtime_ns, tuple(sorted(set(addresses))))


# Samples that are alike ask for the same.
@lru_cache(maxsize=16)
def _chains(elf: Path, _changed: int, addresses: tuple[int, ...]) -> dict[int, Chain]:
    text = "".join(f"{address:#x}\n" for address in addresses)
    words = [ADDR2LINE, "-e", str(elf), "-a", "-i", "-f"]
    return parsed(said(words, f"what {elf} says of its functions", text))


def said(words: list[str], what: str, text: str = "") -> str:
    """What a program that reads an ELF file prints; `what` is that, for an error message."""
    try:
        done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise BenchError(f"cannot read {what}: {error}") from None
    if done.returncode != 0:
        raise BenchError(f"cannot read {what}: {done.stderr.strip()}")
    return done.stdout


def parsed(text: str) -> dict[int, Chain]:
    """An address, then for each function a line with its name and one with its place."""
    found: dict[int, Chain] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("0x"):
            address = int(line, 16)
            found[address] = ()
        else:
            found[address] += (_place(line, next(lines)),)
    return found


def _place(function: str, text: str) -> Place:
    match = LINE.fullmatch(text)
    if match is None or match[1] == UNKNOWN:
        return Place(function, "", 0)
    return Place(function, match[1], int(match[2]) if match[2] != "?" else 0)
