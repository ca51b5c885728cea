"""Turns of harts: a plugin of QEMU (bench/turns) that lets the harts of a machine with the exact clock run in
short turns, the same in each run.

    config = MachineConfig(kernel, harts=4, turns=Turns(plugin, quantum=200, start="mark"))
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.host.errors import BenchError
from bench.host.running.plugin import options as plugin_options

# As in bench/turns/.
MOST = 1_000_000_000
MOST_SEED = 2**32 - 1
STATUS_ENDED = 75  # of a machine that was ended by instructions or seconds


@dataclass(frozen=True)
class Schedule:
    """Turns that are not even: drawn from a seed, or those of a file."""

    seed: int | None = None
    changes: Path | None = None  # as a log has them
    log: Path | None = None  # gets the changes that were drawn
    trace: Path | None = None  # gets each instruction between the marks
    instructions: int | None = None  # between the marks, after which the machine is ended
    seconds: int | None = None  # of the machine's time, likewise

    def __post_init__(self) -> None:
        if (self.seed is None) == (self.changes is None):
            raise BenchError("a schedule comes from a seed, or from a file of changes")
        if self.seed is not None:
            _check("seed", self.seed, 0, MOST_SEED)
        for name, value in (("instructions", self.instructions), ("seconds", self.seconds)):
            if value is not None:
                _check(name, value, 1, MOST)

    def words(self) -> list[str]:
        """Arguments of the plugin."""
        values = vars(self).items()
        return [f"{name}={value}" for name, value in values if value is not None]


@dataclass(frozen=True)
class Server:
    """Descriptors of a machine that serves copies of itself (bench/turns/serve.h)."""

    requests: int
    replies: int


@dataclass(frozen=True)
class Turns:
    """How long each hart runs before the next one does. Another phase is another schedule."""

    plugin: Path
    quantum: int  # instructions; of a schedule, those of the longest turn that is drawn
    phase: int = (
        0  # by which the first turn is longer; with marks, once more in each further region
    )
    start: Literal["boot", "mark"] = "boot"  # mark: at MARK_JOIN of bench/probe/mark.h
    schedule: Schedule | None = None
    server: Server | None = None

    def __post_init__(self) -> None:
        _check("quantum", self.quantum, 1, MOST)
        _check("phase", self.phase, 0, MOST)

    def options(self) -> tuple[str, ...]:
        """Options of QEMU."""
        words = [f"quantum={self.quantum}", f"phase={self.phase}"]
        words += ["start=mark"] * (self.start == "mark")
        words += self.schedule.words() if self.schedule else []
        if self.server:
            words += [f"requests={self.server.requests}", f"replies={self.server.replies}"]
        return plugin_options(self.plugin, *words)


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BenchError(f"{name}={value}: a number from {least} to {most} is needed")
