"""A test again and again, under the schedule of a seed, or with given changes of turn."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.races.schedule import (
    Change,
    RaceMachine,
    Verdict,
    read_changes,
    replayed,
    seeded,
    write_changes,
)
from tests.races.server import CopiedMachine


class Replay:
    """Keeps machines for copies, and files that are gone at the end."""

    def __init__(self, machine: RaceMachine, test: str) -> None:
        self.machine, self.test = machine, test
        self._folder = tempfile.TemporaryDirectory(prefix="cowshed-races-")
        self._number = 0
        self._lock = threading.Lock()
        self._idle: list[CopiedMachine] = []

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *error: object) -> None:
        for machine in self._idle:
            machine.close()
        self._folder.cleanup()

    def path(self) -> Path:
        with self._lock:
            self._number += 1
            return Path(self._folder.name) / str(self._number)

    def changes_of(self, seed: int) -> tuple[Verdict, list[Change]]:
        """What a seed does, in a machine of its own, and the changes that it makes."""
        log = self.path()
        verdict = self.machine.run(self.test, seeded(self.test, seed, log))
        return verdict, read_changes(log)

    def trace(self, changes: Sequence[Change], trace: Path) -> Verdict:
        """In a machine of its own."""
        path = self.path()
        write_changes(path, changes)
        return self.machine.run(self.test, replayed(self.test, path, trace))

    def run(self, changes: Sequence[Change]) -> Verdict:
        """In a copy; several threads may call this at a time."""
        path = self.path()
        write_changes(path, changes)
        with self._lock:
            machine = self._idle.pop() if self._idle else None
        machine = machine or CopiedMachine(self.machine, self.test)
        verdict = machine.run(replayed(self.test, path))
        with self._lock:
            self._idle.append(machine)
        path.unlink()
        return verdict
