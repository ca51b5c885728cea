"""Measure variants: each family of benchmarks on a machine of its own, several machines at a time, which do
not disturb each other.

A family starts on a machine that has run nothing else, so its numbers do not depend on which other
benchmarks there are, or were selected.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from bench.host.attribution import phases
from bench.host.errors import BenchError
from bench.host.running.machine import MachineConfig, boot_arguments, kernel_path
from bench.host.running.probe import Probe
from bench.host.running.protocol import GaveUp, Planned, Run, Stopped, measure
from bench.host.variants import BASELINE

RUNNER = "/bench/runner"  # has all benchmarks; each is a program of its own in /bench/suite
NAME_SIZE = 13  # bytes of a name there: the Makefile cuts longer ones

# Axes that say what the machine is: one machine for each value.
MACHINE_AXES = ("harts", "memory")

# One source of spread is left: where things lie, in memory and in the image. Each seed shuffles the
# allocator's free list and is the kernel's link order too.
LAYOUTS = (1, 2, 3)
LAYOUT_FAMILIES = ("fork", "fork_exit", "write_copy", "write_last")
LAYOUT_PAGES, LAYOUT_SAMPLES = 4096, 3


@dataclass(frozen=True)
class Settings:
    """What to measure, and how."""

    lazy: bool = False
    memory: str = "512M"
    bench: str | None = None  # patterns, with commas between
    parameters: dict[str, str] = field(default_factory=dict)  # lists of values, by axis
    repeat: int | None = None

    def arguments(self) -> list[str]:
        """Of the runner."""
        words = [f"bench={self.bench}"] if self.bench else []
        words += [f"{axis}={values}" for axis, values in self.parameters.items()]
        return words + ([f"repeat={self.repeat}"] if self.repeat else [])

    def usual(self) -> bool:
        """Whether these are the settings of the committed results."""
        return not self.arguments() and self.memory == Settings.memory


@dataclass(frozen=True)
class Places:
    """Where machines come from."""

    build: Path
    initrd: Path
    qemu: str
    time_limit: float  # seconds of real time, for one machine
    probe: Probe | None = None  # of the machines with the usual layout


@dataclass(frozen=True)
class Job:
    """One machine to run."""

    variant: str
    layout: int  # 0 is the full set
    title: str
    benchmarks: int
    weight: float  # a guess at the time it takes, in no unit
    config: MachineConfig
    probe: Probe | None = field(default=None, kw_only=True)


class Watcher(Protocol):
    """Who wants to know how far the jobs are; called from several threads."""

    def started(self, job: Job) -> None:
        ...

    def event(self, job: Job, event: dict[str, Any]) -> None:
        ...

    def ended(self, job: Job) -> None:
        ...


def machine(
    variant: str,
    settings: Settings,
    places: Places,
    program: str,
    *words: str,
    needs: dict[str, int] | None = None,
    layout: int = 0,
) -> MachineConfig:
    """The machine that runs a program of the benchmarks with these arguments."""
    needs = needs or {}
    mebibytes = needs.get("memory", needs.get("mebibytes"))
    return MachineConfig(
        kernel=kernel_path(
            variant,
            lazy=settings.lazy,
            link_seed=layout or None,
            build=places.build,
        ),
        initrd=places.initrd,
        # Polled, so that no interrupt of the serial port falls into what is measured.
        bootargs=boot_arguments(
            program,
            *words,
            procs=needs.get("processes"),
            shuffle=layout,
            console="polled",
        ),
        memory=f"{mebibytes}M" if mebibytes else settings.memory,
        harts=needs.get("harts", 1),
        time_limit=places.time_limit,
        qemu=places.qemu,
    )


def plan(
    variant: str, settings: Settings, places: Places, stop: threading.Event | None = None
) -> list[Planned]:
    """The benchmarks that these settings select."""
    config = machine(variant, settings, places, RUNNER, *settings.arguments(), "plan=1")
    return planned_by(config, variant, stop)


def planned_by(
    config: MachineConfig, variant: str, stop: threading.Event | None = None
) -> list[Planned]:
    """What a machine says that only plans. The runner itself refuses what makes no sense or does not
    fit into memory: then this raises BenchError with the reason."""
    try:
        return measure(config, stop=stop).plan
    except GaveUp as error:
        raise BenchError(_for_users(error.reason)) from None
    except BenchError as error:
        raise BenchError(f"{variant}, before any benchmark: {error}", error.tail) from None


# What users typed for an argument of the runner; its other ones are among PARAMS.
TYPED = {"bench": "BENCH", "pages": "PAGES", "harts": "CPUS", "repeat": "REPEAT"}


def _for_users(reason: str) -> str:
    """What the runner refuses, in the words that users typed."""
    argument, found, rest = reason.partition("=: ")
    if found and re.fullmatch(r"[a-z_]+", argument):
        reason = f"{TYPED.get(argument, f'PARAMS, {argument}')}: {rest}"
    if "fit into memory" in reason:
        return f"{reason}; choose smaller PAGES, or more MEM"
    return reason


def jobs_of(
    variant: str, settings: Settings, places: Places, planned: Sequence[Planned], layout: int = 0
) -> list[Job]:
    """The machines of one variant and layout."""
    groups: dict[tuple[str, tuple[tuple[str, int], ...]], list[Planned]] = {}
    for one in planned:
        axes = tuple((a, one.parameters[a]) for a in MACHINE_AXES if a in one.parameters)
        groups.setdefault((one.family, axes), []).append(one)
    jobs = []
    for (family, axes), members in groups.items():
        # The program of a family knows its own axes only. A value that makes the machine is the only
        # one that its runner goes through.
        own = {a: v for a, v in settings.parameters.items() if a in members[0].parameters}
        chosen = replace(settings, parameters=own | {a: str(v) for a, v in axes}).arguments()
        words = [variant, family, *(f"{axis} {value}" for axis, value in axes)]
        words += [f"layout {layout}"] if layout else []
        jobs.append(
            Job(
                variant,
                layout,
                ", ".join(words),
                len(members),
                sum(_weight(one) for one in members) * (3 if variant == BASELINE else 1),
                machine(
                    variant,
                    settings,
                    places,
                    f"/bench/suite/{family[:NAME_SIZE]}",
                    f"family={family}",
                    *chosen,
                    needs=members[0].machine | dict(axes),
                    layout=layout,
                ),
                probe=None if layout or not members[0].timed else _probe(places, family),
            )
        )
    return jobs


def _probe(places: Places, family: str) -> Probe | None:
    """Phases are told from the instructions of each sample."""
    told = places.probe is not None and family == phases.FAMILY
    return replace(places.probe, profile="all") if told else places.probe


def layout_jobs(
    variant: str, settings: Settings, places: Places, planned: Sequence[Planned]
) -> list[Job]:
    """Of what is planned the small set, under further layouts of memory and image."""
    small = replace(
        settings,
        bench=",".join(f"{family}/*" for family in LAYOUT_FAMILIES),
        parameters={"pages": str(LAYOUT_PAGES)},
        repeat=LAYOUT_SAMPLES,
    )
    members = [
        replace(one, samples=LAYOUT_SAMPLES)
        for one in planned
        if one.family in LAYOUT_FAMILIES and one.parameters == {"pages": LAYOUT_PAGES}
    ]
    return [job for seed in LAYOUTS for job in jobs_of(variant, small, places, members, seed)]


def prepare(
    settings: Mapping[str, Settings],
    places: Places,
    machines: int,
    layouts: Collection[str] | None = None,
) -> tuple[list[Job], dict[str, dict[str, int]]]:
    """All machines to run for each variant, and what is unusual about the machine of each family.
    Further layouts belong to the usual settings, unless `layouts` says of which variants."""
    stop = threading.Event()
    pool = ThreadPoolExecutor(machines)
    try:
        plans = dict(
            zip(settings, pool.map(lambda v: plan(v, settings[v], places, stop), settings))
        )
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    jobs: list[Job] = []
    for variant, planned in plans.items():
        planned = [one for one in planned if "harts" not in one.parameters]  # until they take turns
        chosen = settings[variant]
        jobs += jobs_of(variant, chosen, places, planned)
        if chosen.usual() if layouts is None else variant in layouts:
            jobs += layout_jobs(variant, chosen, places, planned)
    return jobs, {one.family: one.machine for planned in plans.values() for one in planned}


def _weight(planned: Planned) -> float:
    return planned.samples * (planned.parameters.get("pages", 0) + 200)


def merged(parts: list[Run]) -> Run:
    """One run of the machines of one variant and layout, in the order of the parts."""
    chief = max(parts, key=lambda run: len(run.benchmarks))
    return Run(
        firmware=chief.firmware,
        header={k: v for k, v in chief.header.items() if k != "benchmarks"},
        benchmarks=[benchmark for run in parts for benchmark in run.benchmarks],
        boot_seconds=min(run.boot_seconds for run in parts),
        seconds=max(run.seconds for run in parts),
    )


def run_jobs(
    jobs: list[Job], machines: int, watcher: Watcher
) -> Iterator[tuple[str, dict[int, Run] | BenchError]]:
    """Run all jobs, `machines` at a time, the longest first; gives each variant as soon as it is
    complete, with its runs by layout, or with the first error. An error ends the machines of its
    variant only."""
    stops = {job.variant: threading.Event() for job in jobs}
    runs: dict[str, dict[Job, Run]] = {variant: {} for variant in stops}
    errors: dict[str, BenchError] = {}
    left = {variant: sum(job.variant == variant for job in jobs) for variant in stops}

    def work(job: Job) -> Run | None:
        stop = stops[job.variant]
        if stop.is_set():
            return None
        watcher.started(job)
        try:
            run = measure(job.config, lambda event: watcher.event(job, event), stop, job.probe)
            if job.probe is not None and job.probe.profile == "all":
                phases.add_to(run, job.config.kernel)
            return run
        except BaseException:
            stop.set()
            raise
        finally:
            watcher.ended(job)

    pool = ThreadPoolExecutor(machines)
    try:
        order = sorted(jobs, key=lambda job: -job.weight)
        pending: dict[Future[Run | None], Job] = {pool.submit(work, job): job for job in order}
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                job = pending.pop(future)
                try:
                    run = future.result()
                    if run is not None:
                        runs[job.variant][job] = run
                except Stopped:
                    pass  # by the error of another machine of its variant
                except BenchError as error:
                    errors.setdefault(job.variant, BenchError(f"{job.title}: {error}", error.tail))
                left[job.variant] -= 1
                if left[job.variant] == 0:
                    yield job.variant, errors.get(job.variant) or _by_layout(
                        jobs, runs[job.variant]
                    )
    finally:
        for stop in stops.values():
            stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _by_layout(jobs: list[Job], runs: dict[Job, Run]) -> dict[int, Run]:
    layouts: dict[int, list[Run]] = {}
    for job in jobs:
        if job in runs:
            layouts.setdefault(job.layout, []).append(runs[job])
    return {layout: merged(parts) for layout, parts in layouts.items()}
