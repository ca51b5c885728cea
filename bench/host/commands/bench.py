"""Measure variants."""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path

from rich.console import Console

from bench.host import table
from bench.host.analysis import budget
from bench.host.errors import BenchError, complain
from bench.host.plots import plot
from bench.host.running import context, measure
from bench.host.running.progress import ProgressDisplay
from bench.host.running.protocol import Run
from bench.host.stored import results
from bench.host.stored.collection import comparable, load_all
from bench.host.stored.results import Results
from bench.host.variants import all_variants, check_variant

HELP = "Measure variants from built kernels, and write results/."
BOOT_BUDGET = 0.3  # seconds of real time, until the first line of a user program
BENCH_BUDGET = 20.0  # seconds of real time for one variant, from a built tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--variant",
        action="append",
        metavar="NAME",
        help="a folder of variants/; may be given more than once (default: all)",
    )
    parser.add_argument(
        "--lazy",
        action="store_true",
        help="kernels with a lazy heap; results go to results/lazy/, and not into README.md",
    )
    parser.add_argument(
        "--memory",
        type=_memory,
        default="512M",
        metavar="SIZE",
        help="memory of the machine, 64M to 4G (default: %(default)s)",
    )
    parser.add_argument(
        "--pages",
        type=_pages,
        metavar="LIST",
        default=measure.PAGES,
        help="heap sizes in pages (default: " + ",".join(map(str, measure.PAGES)) + ")",
    )
    parser.add_argument(
        "--repeat",
        type=_positive,
        metavar="N",
        help="samples of each benchmark (default: 100 for small heaps, fewer for large ones)",
    )
    parser.add_argument(
        "--time-limit",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="real time after which a machine is killed (default: %(default).0f)",
    )
    parser.add_argument(
        "--machines",
        type=_positive,
        default=min(os.cpu_count() or 1, 4),
        metavar="N",
        help="machines that run at a time; changes no number (default: the CPUs, at most 4)",
    )
    parser.add_argument(
        "--qemu",
        default=os.environ.get("QEMU") or "qemu-system-riscv64",
        metavar="PROGRAM",
        help="QEMU (default: %(default)s)",
    )
    parser.add_argument(
        "--compiler",
        default="riscv64-unknown-elf-gcc",
        metavar="PROGRAM",
        help="the compiler that built the kernels, to record its version (default: %(default)s)",
    )
    parser.add_argument(
        "--flags", default="", help="its flags, to record them; those with paths are left out"
    )


def _memory(text: str) -> str:
    match = re.fullmatch(r"([1-9][0-9]*)([MG])", text)
    mebibytes = int(match[1]) * {"M": 1, "G": 1024}[match[2]] if match else 0
    if not 64 <= mebibytes <= 4096:
        raise argparse.ArgumentTypeError(f"{text!r} is not a memory size from 64M to 4G")
    return text


def _pages(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of page counts such as 0,256")
    return tuple(map(int, text.split(",")))


def _positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 999999")
    return int(text)


def run(options: argparse.Namespace, console: Console) -> int:
    root: Path = options.root
    variants = list(dict.fromkeys(options.variant or all_variants(root)))
    for variant in variants:
        check_variant(root, variant)
    if not variants:
        raise BenchError(f"{root}/variants holds no variant (a folder with a variant.h)")

    start = time.monotonic()
    arguments = [f"repeat={options.repeat}"] if options.repeat else []
    contexts = {
        variant: context.describe(
            root,
            variant=variant,
            lazy=options.lazy,
            memory=options.memory,
            arguments=[measure.pages_argument(options.pages), *arguments],
            flags=options.flags,
            compiler=options.compiler,
            qemu=options.qemu,
        )
        for variant in variants
    }
    jobs = [
        job
        for variant in variants
        for job in measure.jobs_of(
            variant,
            lazy=options.lazy,
            build=root / "build",
            initrd=root / "build" / "bench.img",
            memory=options.memory,
            pages=options.pages,
            arguments=arguments,
            time_limit=options.time_limit,
            qemu=options.qemu,
        )
    ]
    measured: dict[str, Run] = {}
    failed: list[BenchError] = []
    folder = root / "results" / ("lazy" if options.lazy else "")
    with ProgressDisplay(console, folder) as progress:
        for variant, runs in measure.run_jobs(jobs, options.machines, progress):
            if isinstance(runs, BenchError):
                failed.append(runs)
                continue
            doc = results.document(contexts[variant], runs)
            results.store(folder, doc)
            measured[variant] = runs[0]

    stored = load_all(folder)
    for variant in measured:
        table.show(stored[variant], stored, console)
    if measured:
        _write_up(folder, None if options.lazy else root / "README.md", stored, console)
        seconds = time.monotonic() - start
        rows = _budget_rows(stored, set(measured))
        rows += [
            _seconds("boot, until the runner's first line", v, run.boot_seconds, BOOT_BUDGET)
            for v, run in measured.items()
        ]
        if len(variants) == 1:
            rows.append(
                _seconds("make bench, from a built tree", variants[0], seconds, BENCH_BUDGET)
            )
        console.print(table.budgets(rows))
        where = folder.relative_to(root)
        names = ", ".join(f"{where}/{v}.json and .csv" for v in measured)
        console.print(f"Written in {seconds:.1f} s: {names}; {where}/plots/")
    for error in failed:
        complain(error)
    return 1 if failed else 0


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
    folder: Path, page: Path | None, stored: dict[str, Results], console: Console
) -> None:
    """Pictures, and the generated parts of README.md, where there is one to write."""
    alike, notes = comparable(stored)
    for note in notes:
        console.print(f"note: {note}")
    plot.draw(folder, list(alike))
    if page is not None and page.exists():
        from bench.host.report import readme

        readme.update(page, alike)
