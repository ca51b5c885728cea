"""Many workloads, many cuts of each."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.host.running.machine import BUILD

from .recovery import Verdict, check_cut
from .workload import Settings, Workload, run_workload

FOLDER = BUILD / "power-cuts"
LOG_SIZES = [11, 16, 40, 100, 252]  # blocks: small ones are full after each change


@dataclass(frozen=True)
class Plan:
    kernel: Path
    seed: str
    cuts: int
    seconds: float = float("inf")  # no cut begins later
    cuts_a_workload: int = 100
    harts: int = 4
    jobs: int = 2
    failures: int = 5  # no workload begins after so many
    folder: Path = FOLDER

    def workloads(self) -> Iterator[tuple[Settings, int]]:
        """Settings, and how many cuts of each."""
        for first in range(0, self.cuts, self.cuts_a_workload):
            seed = f"{self.seed}.{first // self.cuts_a_workload}"
            random = Random(seed)
            settings = Settings(
                kernel=str(self.kernel),
                seed=seed,
                harts=random.choice([1, self.harts, self.harts]),
                log_blocks=random.choice(LOG_SIZES),
            )
            yield settings, min(self.cuts_a_workload, self.cuts - first)


@dataclass
class Report:
    cuts: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    second_cuts: int = 0
    workloads: int = 0
    operations: int = 0
    entries: int = 0  # of the logs
    seconds: float = 0
    failures: list[str] = field(default_factory=list)

    def add(self, workload: Workload, verdict: Verdict) -> None:
        self.cuts += 1
        self.kinds[verdict.cuts[0].kind] += 1
        self.second_cuts += len(verdict.cuts) - 1
        if verdict.fault:
            self.failures.append(_failure(workload, verdict))

    def text(self) -> str:
        lines = [
            f"{self.cuts} power cuts, {self.second_cuts} of them cut again while they recovered, "
            f"{len(self.failures)} failed; {self.seconds:.0f} s",
            f"{self.workloads} workloads, {self.operations} operations, "
            f"{self.entries} writes and flushes",
        ]
        lines += [f"{count:8} {kind}" for kind, count in self.kinds.most_common()]
        return "\n".join(lines + self.failures)


def _failure(workload: Workload, verdict: Verdict) -> str:
    cuts = "; then of the recovery ".join(map(str, verdict.cuts))
    console = "\n".join(f"    | {line}" for line in verdict.last_boot[-12:])
    return (
        f"FAILED: cut {verdict.number} of {workload.folder}: {cuts}\n{verdict.fault}\n{console}\n"
        f"To see it again: make power-cuts VARIANT=... AGAIN={workload.folder}:{verdict.number}"
    )


def run_campaign(plan: Plan, progress: Callable[[Report], None] = lambda report: None) -> Report:
    """Cut until the plan is fulfilled or its time over. Workloads with a failure keep their
    folder."""
    report = Report()
    start = time.monotonic()
    for settings, cuts in plan.workloads():
        if time.monotonic() - start > plan.seconds or len(report.failures) >= plan.failures:
            break
        folder = plan.folder / settings.seed
        shutil.rmtree(folder, ignore_errors=True)
        workload = run_workload(settings, folder)
        report.workloads += 1
        report.operations += sum(len(script.lines) for script in workload.scripts)
        report.entries += len(workload.log.entries)
        failures = len(report.failures)
        for verdict in check_cuts(workload, range(cuts), plan.jobs, start + plan.seconds):
            report.add(workload, verdict)
            report.seconds = time.monotonic() - start
            progress(report)
        if len(report.failures) == failures:
            shutil.rmtree(folder)
    return report


def check_cuts(
    workload: Workload, numbers: range, jobs: int, deadline: float = float("inf")
) -> Iterator[Verdict]:
    """The verdicts on these cuts, in no order; cuts that would begin after the deadline are left
    out."""

    def check(number: int) -> Verdict | None:
        if time.monotonic() > deadline:
            return None
        folder = workload.folder / f"cut-{number}"
        folder.mkdir(exist_ok=True)
        verdict = check_cut(workload, number, folder)
        if not verdict.fault:
            shutil.rmtree(folder)
        return verdict

    with ThreadPoolExecutor(jobs) as pool:
        yield from filter(None, pool.map(check, numbers))
