"""Run the figures' scripts, as a user would, several at a time."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.running.machine import ROOT

SCRIPTS = Path("bench/host/plots")  # <name>.gp, where a figure has one
SECONDS = 60.0  # of real time, which one run can take at most


class Runs:
    """Runs of gnuplot, which can be ended together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._ended = False

    def draw(
        self,
        name: str,
        table: Path,
        picture: Path | None,
        language: str,
        environment: dict[str, str] | None = None,
    ) -> str:
        """Run a figure's script; gives what it prints."""
        # From the project's folder, so that its own path may hold spaces.
        script = str(SCRIPTS / f"{name}.gp")
        paths = [os.path.relpath(path, ROOT) if path else "" for path in (table, picture)]
        process = self._start([script, *paths, language], environment or {})
        with process:
            try:
                output, errors = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                raise BenchError(f"gnuplot does not end with {script}") from None
            finally:
                process.kill()
                self._running.discard(process)
        if process.returncode != 0:
            raise BenchError(f"gnuplot cannot draw {script}: {' '.join(errors.split())}")
        return output

    def end(self) -> None:
        """Kill those that run, and start no more."""
        with self._lock:
            self._ended = True
            for process in self._running.copy():
                process.kill()

    def _start(self, arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._ended:
                raise BenchError("gnuplot is not started any more")
            try:
                process = subprocess.Popen(
                    ["gnuplot", "-c", *arguments],
                    cwd=ROOT,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=os.environ | environment,
                    start_new_session=True,  # ^C is for this program, which ends them
                )
            except FileNotFoundError:
                message = "gnuplot not found: it is in Debian's package gnuplot-nox"
                raise BenchError(message) from None
            self._running.add(process)
            return process


@contextmanager
def side_by_side() -> Iterator[tuple[ThreadPoolExecutor, Runs]]:
    """Threads to run gnuplot in. None of them is left in the end, whatever ends it."""
    runs = Runs()
    with ThreadPoolExecutor() as pool:
        try:
            yield pool, runs
        finally:
            runs.end()
            pool.shutdown(cancel_futures=True)
