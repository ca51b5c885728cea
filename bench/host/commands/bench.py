"""Measure variants from built kernels, and write results/."""

from __future__ import annotations

import os
import time
from pathlib import Path

from rich.console import Console

from bench.host.analysis import budget
from bench.host.benchmarks import About, Limit, load
from bench.host.cores import Core
from bench.host.cores import load as load_core
from bench.host.cores import names
from bench.host.display import tables
from bench.host.errors import BenchError, complain
from bench.host.languages import same
from bench.host.measured import Results
from bench.host.options import Options, VariableError
from bench.host.plots import plot
from bench.host.running import measure, places, probe
from bench.host.running.progress import ProgressDisplay
from bench.host.stored import results
from bench.host.stored.check import BadResult, load_named
from bench.host.stored.collection import comparable, load_usable
from bench.host.variants import all_variants

BOOT_BUDGET = 0.3  # seconds of real time, until the first line of a user program
BENCH_BUDGET = 40.0  # seconds of real time for one variant, from a built tree


def check(options: Options) -> measure.Settings:
    """Refuse what makes no sense, before anything is built; gives what to measure."""
    settings = _settings(options)
    load(options.root)  # a file that cannot be read would be met when all is measured
    _folder(options, settings)
    return settings


def variants_of(options: Options) -> tuple[str, ...]:
    found = options.variants or tuple(all_variants(options.root))
    if not found:
        raise BenchError(f"{options.root}/variants holds no variant (a folder with a variant.h)")
    return found


def run(options: Options, console: Console) -> int:
    """Measure the variants into a folder, and show what came out."""
    settings = check(options)
    variants, folder = variants_of(options), _folder(options, settings)
    start = time.monotonic()
    root: Path = options.root
    watched = _watched(options, console)
    where = places.places(options, *watched)
    jobs, needs = measure.prepare({v: settings for v in variants}, where, options.machines)
    contexts = {v: places.described(options, v, settings, jobs, *watched) for v in variants}
    boots: dict[str, float] = {}  # seconds of real time
    measured: dict[str, Results] = {}
    failed: list[BenchError] = []
    with ProgressDisplay(console, jobs) as progress:
        for variant, runs in measure.run_jobs(jobs, options.machines, progress):
            if isinstance(runs, BenchError):
                failed.append(runs)
                continue
            found = results.gathered(contexts[variant], runs, needs)
            measured[variant] = found if watched else _with_old_events(found, folder)
            results.store(folder, measured[variant])
            boots[variant] = runs[0].boot_seconds

    stored, unusable = load_usable(folder, measured)
    for problem in unusable:
        console.print(f"note: left out: {problem}")
    for variant in measured:
        tables.show(stored[variant], stored, console)
    if measured:
        pages = root if folder == root / "results" else None
        _write_up(folder, pages, stored, console)
        seconds = time.monotonic() - start
        rows = _budget_rows(stored, load(root), set(measured))
        rows += [
            _seconds("boot, until the runner's first line", v, seconds, BOOT_BUDGET)
            for v, seconds in boots.items()
        ]
        if len(variants) == 1 and settings.usual():
            rows.append(
                _seconds("make bench, from a built tree", variants[0], seconds, BENCH_BUDGET)
            )
        console.print(tables.budgets(rows, console.width))
        there = os.path.relpath(folder, root)
        names = ", ".join(f"{there}/{v}.json and .csv" for v in measured)
        console.print(f"Written in {seconds:.1f} s: {names}; {there}/plots/")
    for error in failed:
        complain(error, "bench")
    return 1 if failed else 0


def _folder(options: Options, settings: measure.Settings) -> Path:
    """A part of the benchmarks, or another machine, never takes the place of the full results."""
    results_folder: Path = options.root / "results"
    usual = results_folder / "lazy" if options.lazy else results_folder
    if not settings.usual():
        usual = results_folder / "custom"
    folder = usual if options.out is None else options.out.resolve()
    places.check_out(folder, usual, results_folder)
    return folder


def _settings(options: Options) -> measure.Settings:
    places.check_bench(options.root, options.bench)
    parameters = dict(options.parameters)
    for name, axis, values in (
        ("PAGES", "pages", options.pages),
        ("CPUS", "harts", options.bench_harts),
    ):
        if values is None:
            continue
        if axis in parameters:
            raise VariableError(
                f"{axis} is given twice: {name}={values}, and PARAMS has {parameters[axis]}"
            )
        parameters = {axis: str(values)} | parameters
    return measure.Settings(
        lazy=options.lazy,
        memory=options.memory,
        bench=options.bench,
        parameters=parameters,
        repeat=options.repeat,
    )


def _watched(options: Options, console: Console) -> list[Core]:
    """The cores to simulate; none without the probe, or where this QEMU does not take it."""
    if not options.probe:
        return []
    why = probe.missing(places.plugin(options), options.qemu)
    if why is None:
        return [load_core(name) for name in names()]
    console.print(
        f"note: PROBE=1: {options.qemu} does not take the probe, so there are no events. It needs QEMU's "
        f"plugin interface of version 1 (QEMU 4.2 to 8.x). What it says: {why}"
    )
    return []


def _with_old_events(new: Results, folder: Path) -> Results:
    """The events that were stored before, where the numbers are the same."""
    try:
        return results.with_events_of(new, load_named(folder / f"{new.variant}.json"))
    except BadResult:
        return new


def _seconds(what: str, variant: str, seconds: float, limit: float) -> budget.Row:
    unit = same("s of real time")
    return budget.Row(same(what), variant, unit, round(seconds, 2), Limit(variant, limit))


def _budget_rows(
    stored: dict[str, Results], benchmarks: list[About], variants: set[str]
) -> list[budget.Row]:
    """Beside the results that may stand side by side; of a variant that may not, by itself."""
    alike, _ = comparable(stored)
    found = budget.rows(alike, benchmarks, variants)
    for variant in variants - alike.keys():
        found += budget.rows({variant: stored[variant]}, benchmarks)
    return found


def _write_up(
    folder: Path, pages: Path | None, stored: dict[str, Results], console: Console
) -> None:
    """Pictures, and the generated parts of README.md, where the results are those of the project."""
    alike, notes = comparable(stored)
    for note in notes:
        console.print(f"note: {note}")
    for note in plot.draw(folder, alike).notes:
        console.print(f"note: {note}")
    if pages is not None:
        from bench.host.report import readme

        readme.update(pages, alike)
