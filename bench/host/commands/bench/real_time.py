"""Measure variants under the wall clock."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.host.commands.table import show_real_time
from bench.host.errors import BenchError, complain
from bench.host.measured import Results
from bench.host.options import BOOT_SEED, Options
from bench.host.running import boot_rounds, measure, places
from bench.host.running.progress import ProgressDisplay
from bench.host.stored import results

BUSY_LOAD = 0.5  # processes that run on the host before anything is measured


def run(
    options: Options,
    variants: Sequence[str],
    settings: measure.Settings,
    folder: Path,
    console: Console,
) -> int:
    """Measure the variants into a folder, and show what came out."""
    start = time.monotonic()
    where = places.places(options)
    boots, needs = _boots(options, variants, settings, where)
    cpus = boot_rounds.host_cpus()
    _say_what_disturbs(boots, cpus, console)
    together = _context(options, settings, variants, cpus)
    contexts = {v: places.described(options, v, settings, boots) | together for v in variants}
    measured: dict[str, Results] = {}
    failed: list[BenchError] = []
    with ProgressDisplay(console, list(boots)) as progress:
        for variant, run in boot_rounds.run_boots(boots, progress, cpus):
            if isinstance(run, BenchError):
                failed.append(run)
                continue
            measured[variant] = results.gathered(contexts[variant], {0: run}, needs)
            results.store(folder, measured[variant])
    if measured:
        show_real_time(folder, console, measured)
        there = os.path.relpath(folder, options.root)
        names = ", ".join(f"{there}/{variant}.json and .csv" for variant in measured)
        console.print(f"Written in {time.monotonic() - start:.1f} s: {names}")
    for error in failed:
        complain(error, "bench")
    return 1 if failed else 0


def _boots(
    options: Options,
    variants: Sequence[str],
    settings: measure.Settings,
    where: measure.Places,
) -> tuple[list[boot_rounds.Boot], dict[str, dict[str, int]]]:
    """All boots in their order, and what is unusual about the machine of each family."""
    chosen = boot_rounds.usual(settings)
    needs: dict[str, dict[str, int]] = {}
    plans = {}
    for variant in variants:
        plans[variant] = boot_rounds.plan(variant, chosen, where, options.bench_harts)
        needs |= {one.family: one.machine for one in plans[variant][1]}
    rounds = [
        [
            boot
            for variant, (asked, planned) in plans.items()
            for boot in boot_rounds.boots_of(
                variant, asked, where, planned, options.bench_harts, number
            )
        ]
        for number in range(1, (options.repeat or boot_rounds.BOOTS) + 1)
    ]
    return boot_rounds.schedule(rounds, options.boot_seed), needs


def folder_of(options: Options, settings: measure.Settings) -> Path:
    """Where the results go."""
    usual = (
        settings.usual()
        and not settings.lazy
        and options.bench_harts is None
        and options.repeat in (None, boot_rounds.BOOTS)
        and options.boot_seed == BOOT_SEED
    )
    results_folder = options.root / "results"
    default = results_folder / ("wall" if usual else "custom/wall")
    folder = default if options.out is None else options.out.resolve()
    places.check_out(folder, default, results_folder)
    return folder


def _context(
    options: Options, settings: measure.Settings, variants: Sequence[str], cpus: int
) -> dict[str, Any]:
    return {
        "unit": "nanoseconds",
        "clock": boot_rounds.CLOCK,
        "harts": options.bench_harts or 1,  # of what has no number of harts as a parameter
        "arguments": boot_rounds.usual(settings).arguments(),
        "host_cpu": boot_rounds.host_cpu(),
        "host_cpus": cpus,
        "boots": options.repeat or boot_rounds.BOOTS,
        "seed": options.boot_seed,
        "variants": list(variants),  # that were measured together, in random order
    }


def _say_what_disturbs(boots: list[boot_rounds.Boot], cpus: int, console: Console) -> None:
    load = os.getloadavg()[0]
    if load > BUSY_LOAD:
        console.print(f"note: the host is busy (load {load:.1f}), which lengthens all times")
    over = sorted({boot.harts for boot in boots if boot.harts > cpus})
    if over:
        harts = " and ".join(map(str, over))
        console.print(
            f"note: machines of {harts} harts are oversubscribed: this host has {cpus} CPUs"
        )
