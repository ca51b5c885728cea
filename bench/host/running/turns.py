"""Turns of harts: a plugin of QEMU (bench/turns) that lets the harts of a machine with the exact clock run in
short, even turns, the same in each run.

    config = MachineConfig(kernel, harts=4, turns=Turns(plugin, quantum=200, start="mark"))
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.host.errors import BenchError
from bench.host.running.plugin import options as plugin_options

MOST = 1_000_000_000  # as in bench/turns/turns.c


@dataclass(frozen=True)
class Turns:
    """How long each hart runs before the next one does. Another phase is another schedule."""

    plugin: Path
    quantum: int  # instructions
    # By which the first turn is longer; with a start at marks, once more in each further region.
    phase: int = 0
    start: Literal[
        "boot", "mark"
    ] = "boot"  # mark: when a process executes MARK_JOIN (bench/probe/mark.h)

    def __post_init__(self) -> None:
        for name, value, least in (("quantum", self.quantum, 1), ("phase", self.phase, 0)):
            if not least <= value <= MOST:
                raise BenchError(f"{name}={value}: a number from {least} to {MOST} is needed")

    def options(self) -> tuple[str, ...]:
        """Options of QEMU."""
        words = [f"quantum={self.quantum}", f"phase={self.phase}"]
        words += ["start=mark"] * (self.start == "mark")
        return plugin_options(self.plugin, *words)
