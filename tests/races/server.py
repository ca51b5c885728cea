"""A machine that boots once, and serves copies of itself, each under a schedule of its own (bench/turns/serve.h).

What a copy does, a machine of its own does, too, but the boot takes longer than a test.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from bench.host.running.machine import Outcome
from bench.host.running.turns import STATUS_ENDED, Schedule, Server, Turns
from tests.races.schedule import LONGEST_TURN, RaceMachine, Verdict, why_failed

STATUS_LOST = 76  # of bench/turns/serve.c: the copy could not be made


class CopiedMachine:
    """Runs one test under one schedule after the other."""

    def __init__(self, machine: RaceMachine, test: str) -> None:
        self.machine, self.test = machine, test
        self._folder = tempfile.TemporaryDirectory(prefix="cowshed-races-")
        self._out = Path(self._folder.name) / "out"
        requests, self._requests = os.pipe()
        replies, replies_end = os.pipe()
        turns = Turns(
            machine.plugin, LONGEST_TURN, start="mark", server=Server(requests, replies_end)
        )
        config = replace(machine.config(test), turns=turns)
        self._process = subprocess.Popen(
            config.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(requests, replies_end),
            start_new_session=True,
        )
        os.close(requests)
        os.close(replies_end)
        self._replies = os.fdopen(replies)
        self._killed = False

    def __enter__(self) -> CopiedMachine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.kill()
        self._process.wait()
        os.close(self._requests)
        self._replies.close()
        self._folder.cleanup()

    def kill(self) -> None:
        """Also what waits for it in another thread goes on."""
        self._killed = True
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def run(self, schedule: Schedule) -> Verdict:
        """Where no copy can be made, in a machine of its own."""
        status = self._copy(schedule)
        if self._killed:
            return Verdict(self.test, "", [], stopped=True)
        if status is None or status == STATUS_LOST:
            return self.machine.run(self.test, schedule)
        said = self._out.read_text(errors="replace").replace("\r", "").splitlines()
        errors = said[-1] if status == STATUS_ENDED and said else ""
        outcome = Outcome(status, said, timed_out=False, seconds=0.0, errors=errors)
        return Verdict(self.test, why_failed(self.test, outcome), said)

    def _copy(self, schedule: Schedule) -> int | None:
        """The status of a copy; None: the machine is gone."""
        try:
            os.write(
                self._requests, ("\t".join([str(self._out), *schedule.words()]) + "\n").encode()
            )
            reply = self._replies.readline()
        except OSError:
            return None
        return int(reply) if reply else None
