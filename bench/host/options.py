"""What was asked of a command: its variables, read and checked, with the defaults that it has for them.

tools/variables.py says which there are, and what each means; not every command looks at all of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.host.errors import BenchError
from bench.host.running.machine import QEMU, ROOT

if TYPE_CHECKING:
    from tools.programs import Program

MACHINES = min(os.cpu_count() or 1, 4)  # at a time


class VariableError(BenchError):
    """A variable that cannot be used: the message names it, and says what would be right."""


@dataclass(frozen=True)
class Options:
    """One field for each variable; the last ones cannot be typed."""

    # A machine.
    variant: str = "cow-reuse"
    harts: int = 1
    memory: str = "256M"
    lazy: bool = False
    disk: str = "virtio"
    debug: bool = False
    lines: bool = False
    command: str = ""
    programs: tuple[Program, ...] = ()
    timeout: float = 60.0  # seconds of real time
    gdb_port: int | None = None
    parts: tuple[str, ...] = ()  # of a grade
    image: Path | None = None
    disk_size: str = "16M"

    # Measuring, and results.
    variants: tuple[str, ...] = ()  # none: all
    bench: str | None = None  # patterns, with commas between
    pages: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    repeat: int | None = None
    bench_harts: int | None = None
    probe: bool = False
    core: str = "u74"
    machines: int = MACHINES
    out: Path | None = None
    results: Path | None = None
    a: str | None = None
    b: str | None = None
    format: str | None = None
    fail_above: float | None = None
    language: str = "en"
    template: str = "report"
    check: bool = False

    # Tests, and the rest.
    name: str = ""
    source: str = ""
    pytest: tuple[str, ...] = ()
    mutants: tuple[str, ...] = ()
    seconds: float | None = None
    seed: int | None = None
    cuts: int = 200
    again: str = ""
    of: str = ""
    verbose: bool = False
    python: str = ""
    quiet: bool = False

    # What tests set, and what was found out.
    root: Path = ROOT
    qemu: str = QEMU
    compiler: str = "riscv64-unknown-elf-gcc"
    flags: str = ""  # of the compiler, to record them
    machine_seconds: float = 120.0  # of real time, after which one that measures is killed
    usual_layout: bool = False  # leave out the further layouts of memory and image
