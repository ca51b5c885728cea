"""Measure variants under the wall clock: one machine at a time, since all that runs beside it would be
in its times; each many times over, from boot on, with the variants in random order.

A machine runs all families that it suits, by /bench/runner-wall, so that a boot is worth its time.
"""

from __future__ import annotations

import os
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from bench.host.errors import BenchError
from bench.host.measured import Benchmark
from bench.host.running.machine import MachineConfig
from bench.host.running.measure import Job, Places, Settings, Watcher, machine, planned_by
from bench.host.running.protocol import Planned, Run, measure

RUNNER = "/bench/runner-wall"
BOOTS = 10  # of each machine and variant
CLOCK = "wall: rdtime, steps of 100 ns, batches of at least 1 ms; real time in QEMU on the host"

# What is measured where nothing else is asked for: what the exact clock leaves open.
BENCHMARKS = "null,fork,fork_exit,fork_exec,write_copy,write_last,forkserver,smp_*"
PAGES = "0,1024,4096"


@dataclass(frozen=True)
class Boot(Job):
    """One of the times that a machine is run."""

    number: int  # from 1
    harts: int


def usual(settings: Settings) -> Settings:
    """With what is measured where the user does not say."""
    if settings.bench is not None or settings.parameters:
        return settings
    return replace(settings, bench=BENCHMARKS, parameters={"pages": PAGES})


def plan(
    variant: str, settings: Settings, places: Places, harts: int | None
) -> tuple[Settings, list[Planned]]:
    """What these settings select, and the settings for the runner. `harts` is the number of harts that
    the user asked for; it is a value of the axis of that name, too, where something has it."""
    planned = _ask(variant, settings, places)
    if harts is not None and any("harts" in one.parameters for one in planned):
        if "harts" in settings.parameters:
            raise BenchError(
                "the number of harts is given twice: as CPUS, and as the parameter harts"
            )
        settings = replace(settings, parameters=settings.parameters | {"harts": str(harts)})
        planned = _ask(variant, settings, places)
    return settings, planned


def _ask(variant: str, settings: Settings, places: Places) -> list[Planned]:
    words = (*settings.arguments(), "plan=1")
    return planned_by(_wall(machine(variant, settings, places, RUNNER, *words)), variant)


def _wall(config: MachineConfig) -> MachineConfig:
    return replace(config, clock="wall")


def boots_of(
    variant: str,
    settings: Settings,
    places: Places,
    planned: Sequence[Planned],
    harts: int | None,
    number: int,
) -> list[Boot]:
    """The machines that one variant needs, each for one boot."""
    groups: dict[tuple[tuple[str, int], ...], list[Planned]] = {}
    for one in planned:
        needs = one.machine | {"harts": one.parameters.get("harts", harts or 1)}
        groups.setdefault(tuple(sorted(needs.items())), []).append(one)
    boots = []
    for key, members in groups.items():
        needs = dict(key)
        chosen = replace(
            settings,
            bench=_patterns(settings.bench, members),
            parameters=_parameters(settings, members, needs["harts"]),
        )
        config = machine(variant, settings, places, RUNNER, *chosen.arguments(), needs=needs)
        words = [variant, "1 hart" if needs["harts"] == 1 else f"{needs['harts']} harts"]
        boots.append(
            Boot(
                variant=variant,
                layout=0,
                title=", ".join([*words, f"boot {number}"]),
                benchmarks=len(members),
                weight=len(members) + 3,  # a boot takes as long as three benchmarks
                config=_wall(config),
                number=number,
                harts=needs["harts"],
            )
        )
    return boots


def _patterns(bench: str | None, members: Sequence[Planned]) -> str | None:
    """Those of the patterns that select something of these: the runner refuses others."""
    if bench is None:
        return None
    return ",".join(
        pattern
        for pattern in bench.split(",")
        if any(
            fnmatchcase(one.family, pattern) or fnmatchcase(one.name, pattern) for one in members
        )
    )


def _parameters(settings: Settings, members: Sequence[Planned], harts: int) -> dict[str, str]:
    """Those that one of these has; the number of harts is the machine's."""
    axes = {axis for one in members for axis in one.parameters}
    chosen = {axis: values for axis, values in settings.parameters.items() if axis in axes}
    return chosen | ({"harts": str(harts)} if "harts" in axes else {})


def schedule(boots: Sequence[Sequence[Boot]], seed: int) -> list[Boot]:
    """All boots: those of the first round in random order, then those of the second, and so on; so each
    variant meets calm and busy minutes of the host alike."""
    order = random.Random(seed)
    return [boot for round_ in boots for boot in order.sample(list(round_), len(round_))]


def run_boots(
    boots: Sequence[Boot], watcher: Watcher, cpus: int
) -> Iterator[tuple[str, Run | BenchError]]:
    """Run all boots, one after the other; gives each variant as soon as it is complete, as one run
    with the samples of all boots, or with its first error, which spares its further boots."""
    runs: dict[str, list[tuple[Boot, Run]]] = {boot.variant: [] for boot in boots}
    left = {variant: sum(boot.variant == variant for boot in boots) for variant in runs}
    errors: dict[str, BenchError] = {}
    for boot in boots:
        if boot.variant not in errors:
            watcher.started(boot)
            try:
                run = measure(boot.config, lambda event: watcher.event(boot, event))
                runs[boot.variant].append((boot, run))
            except BenchError as error:
                errors[boot.variant] = BenchError(f"{boot.title}: {error}", error.tail)
            finally:
                watcher.ended(boot)
        left[boot.variant] -= 1
        if left[boot.variant] == 0:
            yield boot.variant, errors.get(boot.variant) or merged(runs[boot.variant], cpus)


def merged(parts: Sequence[tuple[Boot, Run]], cpus: int) -> Run:
    """One run with the samples of all boots, each with the number of its boot."""
    parts = sorted(parts, key=lambda part: (part[0].harts, part[0].number))
    chief = parts[0][1]
    benchmarks: dict[str, Benchmark] = {}
    for boot, run in parts:
        for found in run.benchmarks:
            whole = benchmarks.setdefault(found.name, replace(found, samples=[], rejected=0))
            values = {"oversubscribed": int(boot.harts > cpus)}
            whole.samples += [
                replace(sample, boot=boot.number, values=sample.values | values)
                for sample in found.samples
            ]
            whole.rejected += found.rejected
    overhead = statistics.median(run.header["timer_overhead"] for _, run in parts)
    header = {key: value for key, value in chief.header.items() if key != "benchmarks"}
    return Run(
        firmware=chief.firmware,
        header=header | {"timer_overhead": round(overhead)},
        benchmarks=list(benchmarks.values()),
        boot_seconds=min(run.boot_seconds for _, run in parts),
        seconds=sum(run.seconds for _, run in parts),
    )


def host_cpu() -> str:
    """What the host calls its processor."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = [line.partition(":") for line in file]
    except OSError:
        lines = []
    names = [value.strip() for key, _, value in lines if key.strip() in ("model name", "uarch")]
    return names[0] if names else "unknown"


def host_cpus() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0))
