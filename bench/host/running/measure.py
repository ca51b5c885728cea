"""Measure variants: for each the full set, on two machines for small and large heaps, and a small
set on one machine for each further layout; several machines at a time. Under the exact clock
they do not disturb each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.host.errors import BenchError
from bench.host.running.machine import MachineConfig, boot_arguments, kernel_path
from bench.host.running.protocol import Run, Stopped, measure

RUNNER = "/bench/runner"
PAGES = (0, 256, 1024, 4096, 16384)  # heap sizes of the full set
LARGE = 4096  # from here on heaps are large: these take as long as all others together
WITH_HEAP = "bench=*/*"  # only benchmarks that have a size

# The exact clock leaves one source of spread: where things lie, in memory and in the image. Each
# seed shuffles the allocator's free list and is the kernel's link order too.
LAYOUTS = (1, 2, 3)
LAYOUT_SET = ("bench=fork/*,fork_exit/*,write_copy/*,write_last/*", "pages=4096", "repeat=5")


@dataclass(frozen=True)
class Job:
    """One machine to run."""

    variant: str
    layout: int  # 0 is the full set
    title: str
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
    lazy: bool,
    build: Path,
    initrd: Path,
    memory: str,
    pages: Sequence[int],
    arguments: Sequence[str],
    time_limit: float,
    qemu: str,
) -> list[Job]:
    """The machines of one variant, longest first."""

    def job(layout: int, title: str, *words: str) -> Job:
        config = MachineConfig(
            kernel=kernel_path(variant, lazy=lazy, link_seed=layout or None, build=build),
            initrd=initrd,
            # Polled, so that no interrupt of the serial port falls into what is measured.
            bootargs=boot_arguments(RUNNER, *words, shuffle=layout, console="polled"),
            memory=memory,
            time_limit=time_limit,
            qemu=qemu,
        )
        return Job(variant, layout, title, config)

    large = [size for size in pages if size >= LARGE]
    small = [size for size in pages if size < LARGE]
    if large and small:
        parts = [
            job(0, f"{variant}, large heaps", WITH_HEAP, pages_argument(large), *arguments),
            job(0, f"{variant}, small heaps", pages_argument(small), *arguments),
        ]
    else:
        parts = [job(0, variant, pages_argument(pages), *arguments)]
    return parts + [job(seed, f"{variant}, layout {seed}", *LAYOUT_SET) for seed in LAYOUTS]


def pages_argument(pages: Sequence[int]) -> str:
    return "pages=" + ",".join(map(str, pages))


def merged(parts: list[Run]) -> Run:
    """One run of several that measured other sizes on machines that are alike: benchmarks by
    family and size, families as in the part with most of them."""
    chief = max(parts, key=lambda run: len({b.family for b in run.benchmarks}))
    for part in parts:
        if _machine(part) != _machine(chief):
            raise BenchError(f"machines that should be alike differ: {part.header} {chief.header}")
    families = list(dict.fromkeys(b.family for run in [chief, *parts] for b in run.benchmarks))
    benchmarks = sorted(
        (b for run in parts for b in run.benchmarks),
        key=lambda b: (families.index(b.family), b.pages or 0),
    )
    return Run(
        firmware=chief.firmware,
        header=_machine(chief) | {"benchmarks": len(benchmarks)},
        benchmarks=benchmarks,
        boot_seconds=min(run.boot_seconds for run in parts),
        seconds=max(run.seconds for run in parts),
    )


def _machine(run: Run) -> dict[str, int]:
    return {key: value for key, value in run.header.items() if key != "benchmarks"}


def run_jobs(
    jobs: list[Job], machines: int, watcher: Watcher
) -> Iterator[tuple[str, dict[int, Run] | BenchError]]:
    """Run all jobs, `machines` at a time; gives each variant as soon as it is complete, with its
    runs by layout, or with the first error. An error ends the machines of its variant only."""
    stops = {job.variant: threading.Event() for job in jobs}
    runs: dict[str, dict[int, list[Run]]] = {variant: {} for variant in stops}
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
            for future in done:
                job = pending.pop(future)
                try:
                    run = future.result()
                    if run is not None:
                        runs[job.variant].setdefault(job.layout, []).append(run)
                except Stopped:
                    pass  # by the error of another machine of its variant
                except BenchError as error:
                    errors.setdefault(job.variant, _with_layout(error, job))
                left[job.variant] -= 1
                if left[job.variant] == 0:
                    yield job.variant, errors.get(job.variant) or _all_merged(runs[job.variant])
    finally:
        for stop in stops.values():
            stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _all_merged(runs: dict[int, list[Run]]) -> dict[int, Run] | BenchError:
    try:
        return {layout: merged(parts) for layout, parts in runs.items()}
    except BenchError as error:
        return error


def _with_layout(error: BenchError, job: Job) -> BenchError:
    where = f" (layout {job.layout})" if job.layout else ""
    return BenchError(f"{job.variant}{where}: {error}", error.tail)
