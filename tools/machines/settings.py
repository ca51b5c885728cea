"""The settings of a machine, as they are typed: NAME=value, the same words for make and tools/run.

An empty value is as good as none, and a switch that is 0 is off. What is wrong is refused with the reason before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.host.errors import BenchError
from bench.host.running.machine import ROOT
from bench.host.variants import all_variants
from tools.programs import Program
from tools.programs import parse as parse_programs

MAX_HARTS = 8  # of kernel/arch/types.h
MIN_MEGABYTES = 16  # the kernel boots with 12; a shell and its children want some too
MIN_MEGABYTES_RAM_DISK = 48  # of a disk of 16M
MAX_MEGABYTES = 64 << 10
MAX_SECONDS = 7 * 24 * 60 * 60
DISKS = ("virtio", "ram")


class SettingError(BenchError):
    """A word that cannot be used: the message names it, and says what would be right."""


@dataclass(frozen=True)
class Settings:
    """What was asked for, checked. Not every target looks at all of it."""

    variant: str = "cow-reuse"
    cpus: int = 1
    memory: str = "256M"
    lazy: bool = False
    disk: str = "virtio"
    debug: bool = False
    verbose: bool = False
    command: str = ""
    programs: tuple[Program, ...] = ()
    timeout: float = 60.0  # seconds of real time
    parts: tuple[str, ...] = ()  # of a grade
    gdb_port: int | None = None
    seconds: float = 60.0  # of a soak
    seed: int | None = None


@dataclass(frozen=True)
class Word:
    """One NAME=value: the field of Settings that it sets, and how it is read."""

    field: str
    read: Callable[[str], object]
    help: str


def _variant(text: str) -> str:
    known = all_variants(ROOT)
    if text not in known:
        raise ValueError(f"is not a variant; there are: {' '.join(known)}")
    return text


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
            raise ValueError(f"is not a number from {low} to {high}")
        return int(text)

    return read


def _megabytes(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,8})([MG])", text)
    return int(match[1]) * (1024 if match[2] == "G" else 1) if match else 0


def _memory(text: str) -> str:
    if not MIN_MEGABYTES <= _megabytes(text) <= MAX_MEGABYTES:
        raise ValueError(
            f"is not a size of memory from {MIN_MEGABYTES}M to {MAX_MEGABYTES >> 10}G, "
            "such as 128M or 2G"
        )
    return text


def _disk(text: str) -> str:
    if text not in DISKS:
        raise ValueError(f"is not a disk; there are: {' '.join(DISKS)}")
    return text


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("can be 0 or 1, or be left out")
    return text == "1"


def _command(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text) or not 0 < float(text) <= MAX_SECONDS:
        raise ValueError(f"is not a number of seconds, more than 0 and at most {MAX_SECONDS}")
    return float(text)


WORDS: dict[str, Word] = {
    "CMD": Word("command", _command, "what to type to the shell, in quotes"),
    "PROGS": Word(
        "programs", parse_programs, "programs to compile into the machine: 'a.c ../b.c+util.c lab/'"
    ),
    "VARIANT": Word("variant", _variant, f"of variants/ (default: {Settings.variant})"),
    "CPUS": Word("cpus", _number(1, MAX_HARTS), f"harts, 1 to {MAX_HARTS} (default: 1)"),
    "MEM": Word("memory", _memory, f"size of memory (default: {Settings.memory})"),
    "LAZY": Word("lazy", _switch, "1: sbrk gives memory at the first touch"),
    "DISK": Word("disk", _disk, f"virtio or ram (default: {Settings.disk})"),
    "DEBUG": Word("debug", _switch, "1: the kernel that checks itself"),
    "V": Word("verbose", _switch, "1: show each command of the build"),
    "TIMEOUT": Word(
        "timeout", _seconds, f"seconds until a machine is killed (default: {Settings.timeout:g})"
    ),
    "PARTS": Word("parts", lambda text: tuple(text.split()), "of the score (default: all)"),
    "GDB_PORT": Word("gdb_port", _number(1, 65535), "where gdb connects (default: a free port)"),
    "SECONDS": Word("seconds", _seconds, "how long (default: 60)"),
    "SEED": Word(
        "seed", _number(0, 2**32 - 1), "of all that is random (default: from the clock)"
    ),
}

MACHINE = ("VARIANT", "CPUS", "MEM", "LAZY", "DISK", "DEBUG", "V")


def parse(words: Sequence[str], allowed: Sequence[str], **defaults: object) -> Settings:
    """Read words such as CPUS=4; `allowed` are those that the target knows.

    Of a word that comes twice the last one counts. Raises SettingError.
    """
    values = dict(defaults)
    for text in words:
        name, equals, value = text.partition("=")
        if not equals or name not in allowed:
            raise SettingError(f"{text!r} is not known; there are: {' '.join(allowed)}")
        if not value:
            continue
        word = WORDS[name]
        try:
            values[word.field] = word.read(value)
        except ValueError as error:
            separator = ": " if word.read is parse_programs else f"={value} "
            raise SettingError(f"{name}{separator}{error}") from None
    found = Settings(**values)  # type: ignore[arg-type]
    if found.disk == "ram" and _megabytes(found.memory) < MIN_MEGABYTES_RAM_DISK:
        raise SettingError(
            f"MEM={found.memory} is too little for a disk in memory: "
            f"{MIN_MEGABYTES_RAM_DISK}M is needed, or DISK=virtio"
        )
    return found


def usage(allowed: Sequence[str]) -> str:
    """One line for each word."""
    return "\n".join(f"  {name + '=…':12}{WORDS[name].help}" for name in allowed)
