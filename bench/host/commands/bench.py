"""Measure variants."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from rich.console import Console

from bench.host import table, wall_bench
from bench.host.analysis import budget
from bench.host.errors import BenchError, complain
from bench.host.plots import plot
from bench.host.running import arguments, measure, wall
from bench.host.running.progress import ProgressDisplay
from bench.host.running.protocol import Run
from bench.host.stored import results
from bench.host.stored.collection import comparable, load_usable
from bench.host.stored.results import Results
from bench.host.variants import all_variants, check_variant

HELP = "Measure variants from built kernels, and write results/."
BOOT_BUDGET = 0.3  # seconds of real time, until the first line of a user program
BENCH_BUDGET = 20.0  # seconds of real time for one variant, from a built tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_variant(parser)
    parser.add_argument(
        "--lazy",
        action="store_true",
        help="kernels with a lazy heap; results go to results/lazy/, and not into README.md",
    )
    parser.add_argument(
        "--memory",
        type=arguments.memory,
        default="512M",
        metavar="SIZE",
        help="memory of the machine, 64M to 4G (default: %(default)s)",
    )
    arguments.add_bench(parser)
    parser.add_argument(
        "--pages",
        type=arguments.numbers,
        metavar="LIST",
        help="heap sizes in pages, such as 0,1024 (default: as each benchmark has it)",
    )
    parser.add_argument(
        "--parameters",
        type=arguments.parameters,
        default={},
        metavar="LISTS",
        help="values of other parameters, such as 'percent=0,50 children=4'",
    )
    parser.add_argument(
        "--repeat",
        type=arguments.positive,
        metavar="N",
        help="samples of each benchmark (default: 100 for small heaps, fewer for large ones); under "
        f"the wall clock boots of each machine (default: {wall.BOOTS})",
    )
    parser.add_argument(
        "--clock",
        choices=("icount", "wall"),
        default="icount",
        help="icount: exact, counts instructions; wall: real time, of repeated boots (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--harts",
        type=arguments.harts,
        metavar="N",
        help="harts of the machine, 1 to 8; more than 1 need the wall clock (default: 1, and the "
        "benchmarks of several harts on 1, 2 and 4)",
    )
    parser.add_argument(
        "--seed",
        type=arguments.positive,
        default=wall.SEED,
        metavar="N",
        help="of the random order in which the wall clock boots variants (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where results go (default: results/, results/lazy/ with a lazy heap, and "
        "results/custom/ for a selection of benchmarks and for other settings)",
    )
    arguments.add_machines(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    root: Path = options.root
    variants = list(dict.fromkeys(options.variant or all_variants(root)))
    for variant in variants:
        check_variant(root, variant)
    if not variants:
        raise BenchError(f"{root}/variants holds no variant (a folder with a variant.h)")
    settings = _settings(options)
    folder_of = wall_bench.folder_of if options.clock == "wall" else _folder
    folder = folder_of(options, settings)
    if options.check_words:
        return 0

    start = time.monotonic()
    places = arguments.places(options)
    contexts = {variant: arguments.described(options, variant, settings) for variant in variants}
    if options.clock == "wall":
        return wall_bench.run(options, contexts, settings, places, console)
    jobs, needs = measure.prepare({v: settings for v in variants}, places, options.machines)
    measured: dict[str, Run] = {}
    failed: list[BenchError] = []
    with ProgressDisplay(console, jobs) as progress:
        for variant, runs in measure.run_jobs(jobs, options.machines, progress):
            if isinstance(runs, BenchError):
                failed.append(runs)
                continue
            results.store(folder, results.document(contexts[variant], runs, needs))
            measured[variant] = runs[0]

    stored, unusable = load_usable(folder)
    for problem in unusable:
        console.print(f"note: left out: {problem}")
    for variant in measured:
        table.show(stored[variant], stored, console)
    if measured:
        pages = root if folder == root / "results" else None
        _write_up(folder, pages, stored, console)
        seconds = time.monotonic() - start
        rows = _budget_rows(stored, set(measured))
        rows += [
            _seconds("boot, until the runner's first line", v, run.boot_seconds, BOOT_BUDGET)
            for v, run in measured.items()
        ]
        if len(variants) == 1 and settings.usual():
            rows.append(
                _seconds("make bench, from a built tree", variants[0], seconds, BENCH_BUDGET)
            )
        console.print(table.budgets(rows))
        where = os.path.relpath(folder, root)
        names = ", ".join(f"{where}/{v}.json and .csv" for v in measured)
        console.print(f"Written in {seconds:.1f} s: {names}; {where}/plots/")
    for error in failed:
        complain(error)
    return 1 if failed else 0


def _settings(options: argparse.Namespace) -> measure.Settings:
    if options.clock != "wall" and (options.harts or 1) > 1:
        raise BenchError(
            f"{options.harts} harts need the wall clock (CLOCK=wall): the exact clock counts the "
            "instructions of one"
        )
    arguments.check_bench(options.root, options.bench)
    parameters = {"pages": options.pages} if options.pages else {}
    if options.pages and "pages" in options.parameters:
        raise BenchError(f"pages is given twice: {options.pages} and {options.parameters['pages']}")
    parameters |= options.parameters
    return measure.Settings(
        lazy=options.lazy,
        memory=options.memory,
        bench=options.bench,
        parameters=parameters,
        repeat=None if options.clock == "wall" else options.repeat,  # there it is boots
    )


def _folder(options: argparse.Namespace, settings: measure.Settings) -> Path:
    """A part of the benchmarks, or another machine, never takes the place of the full results."""
    results_folder: Path = options.root / "results"
    usual = results_folder / "lazy" if options.lazy else results_folder
    if not settings.usual():
        usual = results_folder / "custom"
    folder = usual if options.out is None else Path(options.out).resolve()
    arguments.check_out(folder, usual, results_folder)
    return folder


def _seconds(what: str, variant: str, seconds: float, limit: float) -> budget.Row:
    return budget.Row(what, variant, "s of real time", round(seconds, 2), limit, "at most")


def _budget_rows(stored: dict[str, Results], variants: set[str]) -> list[budget.Row]:
    """Beside the results that may stand side by side; of a variant that may not, by itself."""
    alike, _ = comparable(stored)
    found = budget.rows(alike, variants)
    for variant in variants - alike.keys():
        found += budget.rows({variant: stored[variant]})
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
