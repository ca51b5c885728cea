"""The command line: python3 -m tests.power_cut."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bench.host import program
from bench.host.errors import BenchError
from bench.host.running.machine import kernel_path

from .campaign import FOLDER, Plan, Report, check_cuts, run_campaign
from .workload import WorkloadError, load
from .write_log import WriteLogError


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.power_cut",
        description="Cut the power of a machine at random moments, and look for what is lost.",
    )
    parser.add_argument("--cuts", type=int, default=200, help="how many (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="begin no cut later than this"
    )
    parser.add_argument("--seed", help="chooses workloads and cuts (default: the time)")
    parser.add_argument("--variant", default="cow-reuse", help="default: %(default)s")
    parser.add_argument("--debug", action="store_true", help="the kernel of DEBUG=1")
    parser.add_argument("--lazy", action="store_true", help="the kernel of LAZY=1")
    parser.add_argument("--harts", type=int, default=4, help="of workloads (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="machines at once (default: 2)")
    parser.add_argument(
        "--failures", type=int, default=5, help="stop soon after so many (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: %(default)s")
    parser.add_argument(
        "--repeat",
        nargs=2,
        metavar=("FOLDER", "CUT"),
        help="one cut of a workload that was kept, since it failed",
    )
    return parser.parse_args()


def repeat(folder: Path, number: int) -> int:
    (verdict,) = check_cuts(load(folder), range(number, number + 1), jobs=1)
    print(*verdict.cuts, *verdict.last_boot, verdict.fault or "nothing is lost", sep="\n")
    return bool(verdict.fault)


def campaign(options: argparse.Namespace) -> int:
    plan = Plan(
        kernel=kernel_path(options.variant, debug=options.debug, lazy=options.lazy),
        seed=options.seed or str(int(time.time())),
        cuts=options.cuts,
        seconds=options.seconds,
        harts=options.harts,
        jobs=options.jobs,
        failures=options.failures,
        folder=options.folder,
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


def main() -> int:
    options = arguments()
    try:
        if options.repeat:
            return repeat(Path(options.repeat[0]), int(options.repeat[1]))
        return campaign(options)
    except (BenchError, OSError, WorkloadError, WriteLogError) as error:
        print(f"power cuts: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    program.run(main)
