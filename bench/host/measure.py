"""Measure variants: for each one machine with the full set, and one for each further layout with
a small set, several machines at a time. Under the exact clock they do not disturb each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.host.errors import BenchError
from bench.host.machine import MachineConfig, boot_arguments, kernel_path
from bench.host.protocol import Run, Stopped, measure

RUNNER = "/bench/runner"

# The exact clock leaves one source of spread: where things lie, in memory and in the image. Each
# seed shuffles the allocator's free list and is the kernel's link order too.
LAYOUTS = (1, 2, 3)
LAYOUT_SET = ("bench=fork/*,fork_exit/*,write_copy/*,write_last/*", "pages=4096", "repeat=5")


@dataclass(frozen=True)
class Job:
    """One machine to run."""

    variant: str
    layout: int  # 0 is the full set
    config: MachineConfig


class Watcher(Protocol):
    """Who wants to know how far the jobs are; called from several threads."""

    def started(self, job: Job) -> None:
        ...

    def event(self, job: Job, event: dict[str, Any]) -> None:
        ...

    def ended(self, job: Job) -> None:
        ...


def jobs_of(
    variant: str,
    *,
    build: Path,
    initrd: Path,
    memory: str,
    arguments: Sequence[str],
    time_limit: float,
    qemu: str,
) -> list[Job]:
    """The machines of one variant, longest first."""
    jobs = []
    for layout in (0, *LAYOUTS):
        config = MachineConfig(
            kernel=kernel_path(variant, link_seed=layout or None, build=build),
            initrd=initrd,
            bootargs=boot_arguments(RUNNER, *(LAYOUT_SET if layout else arguments), shuffle=layout),
            memory=memory,
            time_limit=time_limit,
            qemu=qemu,
        )
        jobs.append(Job(variant, layout, config))
    return jobs


def run_jobs(
    jobs: list[Job], machines: int, watcher: Watcher
) -> Iterator[tuple[str, dict[int, Run] | BenchError]]:
    """Run all jobs, `machines` at a time; gives each variant as soon as it is complete, with its
    runs by layout, or with the first error. An error ends the machines of its variant only."""
    stops = {job.variant: threading.Event() for job in jobs}
    runs: dict[str, dict[int, Run]] = {variant: {} for variant in stops}
    errors: dict[str, BenchError] = {}
    left = {variant: sum(job.variant == variant for job in jobs) for variant in stops}

    def work(job: Job) -> Run | None:
        stop = stops[job.variant]
        if stop.is_set():
            return None
        watcher.started(job)
        try:
            return measure(job.config, lambda event: watcher.event(job, event), stop)
        except BaseException:
            stop.set()
            raise
        finally:
            watcher.ended(job)

    pool = ThreadPoolExecutor(machines)
    try:
        pending: dict[Future[Run | None], Job] = {pool.submit(work, job): job for job in jobs}
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: jobs.index(pending[f])):
                job = pending.pop(future)
                try:
                    run = future.result()
                    if run is not None:
                        runs[job.variant][job.layout] = run
                except Stopped:
                    pass  # by the error of another machine of its variant
                except BenchError as error:
                    errors.setdefault(job.variant, _with_layout(error, job))
                left[job.variant] -= 1
                if left[job.variant] == 0:
                    yield job.variant, errors.get(job.variant) or runs[job.variant]
    finally:
        for stop in stops.values():
            stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _with_layout(error: BenchError, job: Job) -> BenchError:
    where = f" (layout {job.layout})" if job.layout else ""
    return BenchError(f"{job.variant}{where}: {error}", error.tail)
