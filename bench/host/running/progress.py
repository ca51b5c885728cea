"""Progress of a measurement: which benchmark, how many of how many, how long yet."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bench.host.running.measure import WITH_HEAP, Job

# What a sample costs in real time, apart from its pages: in pages.
SAMPLE_OVERHEAD = 200


def _weight(samples: int, pages: int | None) -> float:
    return samples * ((pages or 0) + SAMPLE_OVERHEAD)


def known_weights(folder: Path) -> dict[str, float]:
    """The work in each benchmark, by its name, from any earlier result; empty without one."""
    for path in sorted(folder.glob("*.json")):
        try:
            entries = json.loads(path.read_text())["benchmarks"]
            return {
                e["run_name"]: _weight(e["repetitions"], e.get("pages"))
                for e in entries
                if not e["layout"]
            }
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return {}


class _Estimate:
    """How much of one machine's work is done."""

    def __init__(self, known: dict[str, float]) -> None:
        self.benchmarks = 0
        self.number = 0  # of the benchmark that runs, from 1
        self.name = ""
        self.fraction = 0.0
        self._known = known
        self._total = sum(known.values())  # of this machine's share
        self._start = time.monotonic()
        self._done = 0.0
        self._samples = 1
        self._current = 0.0

    def take(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "run":
            self.benchmarks = event["benchmarks"]
        elif kind == "begin":
            self.number += 1
            self.name = event["name"]
            self._samples = event["samples"]
            self._current = self._weight_of(event)
        elif kind == "end":
            self._done += self._current
        if kind in ("begin", "sample", "end"):
            inside = (event["index"] + 1) / self._samples if kind == "sample" else 0
            self.fraction = min((self._done + inside * self._current) / self._whole(), 1)

    def _weight_of(self, event: dict[str, Any]) -> float:
        if event["name"] not in self._known:  # other benchmarks than last time: count them alike
            return self._total / len(self._known) if self._known else 1.0
        return self._known[event["name"]]

    def _whole(self) -> float:
        return self._total or float(self.benchmarks) or 1.0

    def seconds(self) -> float:
        return time.monotonic() - self._start

    def left(self) -> str:
        if self.fraction < 0.02:
            return ""
        return f"about {self.seconds() * (1 - self.fraction) / self.fraction:.0f} s left"


class ProgressDisplay:
    """Bars on a terminal, plain lines elsewhere. A Watcher of measure.run_jobs."""

    def __init__(self, console: Console, results: Path) -> None:
        self._console = console
        self._known = known_weights(results)
        self._lock = threading.Lock()
        self._estimates: dict[Job, _Estimate] = {}
        self._tasks: dict[Job, TaskID] = {}
        self._bars: Progress | None = None
        if console.is_terminal:
            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[count]}"),
                TextColumn("{task.fields[name]:21}"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[left]}"),
                console=console,
                transient=True,
            )

    def __enter__(self) -> ProgressDisplay:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def started(self, job: Job) -> None:
        with self._lock:
            self._estimates[job] = _Estimate(_share(self._known, job))
            if self._bars is not None:
                self._tasks[job] = self._bars.add_task(
                    job.title, total=1.0, count="", name="booting", left=""
                )

    def event(self, job: Job, event: dict[str, Any]) -> None:
        with self._lock:
            estimate = self._estimates[job]
            estimate.take(event)
            if self._bars is not None:
                self._bars.update(
                    self._tasks[job],
                    completed=estimate.fraction,
                    count=f"{estimate.number}/{estimate.benchmarks}",
                    name=estimate.name,
                    left=estimate.left(),
                )
            elif event["type"] == "begin" and not job.layout:
                words = [
                    f"{job.title}: {estimate.number}/{estimate.benchmarks} {estimate.name}:",
                    f"{event['samples']} samples, {estimate.seconds():.1f} s",
                ]
                self._console.print(" ".join(words) + (estimate.left() and f", {estimate.left()}"))

    def ended(self, job: Job) -> None:
        with self._lock:
            if self._bars is not None:
                self._bars.remove_task(self._tasks[job])
            elif job.layout:
                seconds = self._estimates[job].seconds()
                self._console.print(f"{job.title}: ended after {seconds:.1f} s")


def _share(known: dict[str, float], job: Job) -> dict[str, float]:
    """Those of the benchmarks that a machine will run; none for the small set of a layout."""
    words = job.config.bootargs.split()
    pages = next((w.removeprefix("pages=") for w in words if w.startswith("pages=")), "").split(",")
    share = {}
    for name, weight in known.items():
        _, has_size, size = name.partition("/pages:")
        if size in pages if has_size else WITH_HEAP not in words:
            share[name] = weight
    return {} if job.layout else share
