"""Progress of a measurement: which machines run, how many benchmarks of how many, how long yet."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.host.running.measure import Job


class ProgressDisplay:
    """A bar on a terminal, plain lines elsewhere. A Watcher of measure.run_jobs."""

    def __init__(self, console: Console, jobs: list[Job]) -> None:
        self._console = console
        self._benchmarks = sum(job.benchmarks for job in jobs)
        self._done = 0
        self._lock = threading.Lock()
        self._started: dict[Job, float] = {}
        self._bar = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=sum(job.weight for job in jobs), count="")

    def __enter__(self) -> ProgressDisplay:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def started(self, job: Job) -> None:
        with self._lock:
            self._started[job] = time.monotonic()
            self._show()

    def event(self, job: Job, event: dict[str, Any]) -> None:
        if event["type"] != "end":
            return
        with self._lock:
            self._done += 1
            self._bar.advance(self._task, job.weight / job.benchmarks)
            self._show()

    def ended(self, job: Job) -> None:
        with self._lock:
            seconds = time.monotonic() - self._started.pop(job)
            self._show()
            if not self._console.is_terminal:
                done = f"{self._done}/{self._benchmarks}"
                self._console.print(f"{done} {job.title}: ended after {seconds:.1f} s")

    def _show(self) -> None:
        self._bar.update(
            self._task,
            count=f"{self._done}/{self._benchmarks}",
            description="; ".join(job.title for job in self._started),
        )
