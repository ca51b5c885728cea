"""make power-cuts: a campaign, or one cut of it once more."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bench.host.errors import BenchError
from bench.host.options import Options, VariableError
from bench.host.running.machine import kernel_path

from .campaign import FOLDER, Plan, Report, check_cuts, run_campaign
from .workload import WorkloadError, load
from .write_log import WriteLogError


def run(options: Options) -> int:
    try:
        return repeat(options.again) if options.again else campaign(options)
    except (WorkloadError, WriteLogError) as error:
        raise BenchError(str(error)) from None


def repeat(again: str) -> int:
    """One cut of a workload that was kept, since it failed: folder:number."""
    folder, _, number = again.rpartition(":")
    if not folder or not number.isdecimal():
        raise VariableError(
            f"AGAIN={again} is not a folder and a number, such as build/power-cuts/7.0:12"
        )
    (verdict,) = check_cuts(load(Path(folder)), range(int(number), int(number) + 1), jobs=1)
    print(*verdict.cuts, *verdict.last_boot, verdict.fault or "nothing is lost", sep="\n")
    return bool(verdict.fault)


def campaign(options: Options) -> int:
    plan = Plan(
        kernel=kernel_path(options.variant, debug=options.debug, lazy=options.lazy),
        seed=str(int(time.time()) if options.seed is None else options.seed),
        cuts=options.cuts,
        seconds=options.seconds or float("inf"),
        jobs=options.machines,
        folder=options.out or FOLDER,
    )
    print(f"Power cuts: seed {plan.seed}", flush=True)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("power cuts", total=plan.cuts)

        def show(report: Report) -> None:
            bar.update(task, completed=report.cuts)

        report = run_campaign(plan, show)
    print(report.text())
    return bool(report.failures)
