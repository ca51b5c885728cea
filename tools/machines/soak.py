"""make soak: random programs on every kind of machine, and power cuts, for a time.

Each run is a machine of its own, in which churn does random things for some seconds and then counts
and audits the frames; a disk on virtio is checked by fsck after it. In between, the power of machines
is cut at random writes (tests/power_cut), and harts take turns by random schedules (tests/races). All that is random comes from one seed.

Exit status: 0 when nothing was wrong, 1 when something was or nothing was done, 2 for a word that is
wrong or something that does not build, 130 after ^C.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bench.host.options import Options
from bench.host.running.machine import ROOT
from bench.host.variants import all_variants
from tools.machines.soak_runs import (
    CUTS_TIMES,
    KINDS,
    OTHERS,
    POWER_CUTS,
    Result,
    Run,
    all_runs,
    do,
)
from tools.make import make, test_goals

WORKERS = 2  # machines at once
RUN_SECONDS = (2, 15)  # of one run: at least, at most
MAX_FAILURES = 10  # then there is no use in going on
CONSOLE_LINES = 20  # that are shown of a run that went wrong
POLL_SECONDS = 0.5


def run(options: Options) -> int:
    """Soak for so long; gives the exit status."""
    variants = list(options.variants or all_variants(ROOT))
    # All kernels before the time begins.
    make(options, *test_goals(variants), out=sys.stderr)
    console = Console(soft_wrap=True, highlight=False)
    seconds = options.seconds or 0.0
    seed = random.randrange(2**32) if options.seed is None else options.seed
    console.print(f"soak: SEED={seed}, {seconds:g} s, {', '.join(variants)}")
    runs = all_runs(variants, seed, run_seconds(seconds, len(variants)))
    soak = Soak(runs, seconds)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        soak.go(progress)
    report(soak, variants, console)
    if soak.interrupted:
        return 128 + signal.SIGINT
    return 0 if soak.results and not soak.failures else 1


def run_seconds(seconds: float, variants: int) -> int:
    """How long a run is, so that all kinds of machine get their turn if there is the time."""
    in_a_round = variants * (KINDS + CUTS_TIMES + 1) / WORKERS
    low, high = RUN_SECONDS
    return max(low, min(high, int(seconds / in_a_round) - 1))


class Soak:
    """Runs, one after the other, as many at once as there are workers."""

    def __init__(self, runs: Iterator[Run], seconds: float) -> None:
        self.results: list[Result] = []  # of runs that came to their end
        self.interrupted = False
        self._runs = runs
        self._seconds = seconds
        self._stop = threading.Event()

    @property
    def failures(self) -> list[Result]:
        return [result for result in self.results if result.wrong]

    def go(self, progress: Progress) -> None:
        """Until the time is over, too much has gone wrong, or ^C."""
        task = progress.add_task("", total=self._seconds)
        start = time.monotonic()
        pending: set[Future[Result]] = set()
        upcoming = next(self._runs)
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                while True:
                    left = start + self._seconds - time.monotonic()
                    while upcoming.cuts and left < upcoming.seconds:
                        upcoming = next(self._runs)  # a shorter one may fit
                    enough = left < upcoming.seconds or len(self.failures) >= MAX_FAILURES
                    if len(pending) < WORKERS and not enough:
                        pending.add(pool.submit(do, upcoming, self._stop))
                        upcoming = next(self._runs)
                    elif not pending:
                        break
                    else:
                        done, pending = wait(pending, POLL_SECONDS, FIRST_COMPLETED)
                        self.results += [future.result() for future in done]
                    words = f"{len(self.results)} runs, {len(self.failures)} went wrong"
                    progress.update(task, completed=self._seconds - left, description=words)
            except KeyboardInterrupt:
                self.interrupted = True
            finally:
                self._stop.set()
        self.results += [f.result() for f in pending if not f.result().stopped]


def report(soak: Soak, variants: list[str], console: Console) -> None:
    """What was done, and what went wrong."""
    if soak.interrupted:
        console.print("soak: interrupted; what had been done:")
    console.print(_table(soak.results))
    did: Counter[str] = Counter()
    for result in soak.results:
        did.update(result.did)
    seconds = sum(result.seconds for result in soak.results)
    words = [f"{len(soak.results)} runs of {seconds:,.0f} s"] + [
        f"{count:,} {what}" for what, count in did.items()
    ]
    console.print("In all: " + ", ".join(words))
    for result in soak.failures:
        console.print(f"\n[red]Went wrong:[/] {escape(str(result.run))}")
        for line in [*result.console[-CONSOLE_LINES:], *result.wrong]:
            console.print("    " + escape(line))
    if not soak.results:
        console.print("soak: SECONDS is too short for even one run")
        return
    if not soak.failures:
        console.print("Nothing went wrong.")
    missing = len(variants) * (KINDS + len(OTHERS)) - len(
        {(r.run.row, r.run.kind) for r in soak.results}
    )
    if missing:
        console.print(f"{missing} kinds of machine had no turn: that takes more SECONDS.")


def _table(results: list[Result]) -> Table:
    """A row for each kernel, a column for each kind of machine, how many runs in each cell."""
    kinds = sorted({r.run.kind for r in results}, key=lambda kind: (kind in OTHERS, kind))
    table = Table("kernel", *kinds)
    for row in sorted({r.run.row for r in results}):
        cells = [[r for r in results if (r.run.row, r.run.kind) == (row, kind)] for kind in kinds]
        table.add_row(row, *map(_cell, cells))
    return table


def _cell(results: list[Result]) -> str:
    if not results:
        return ""
    cuts = sum(r.did[POWER_CUTS] for r in results)
    wrong = sum(bool(r.wrong) for r in results)
    text = (
        f"{cuts:,} cut{'s' * (cuts > 1)}"
        if cuts
        else f"{len(results)} run{'s' * (len(results) > 1)}"
    )
    return text + f"\n[red]{wrong} wrong[/]" * (wrong > 0)
