"""Break the kernel on purpose, and see which tests notice.

make mutants MUTANTS='row1*' takes only those whose names match a pattern.

Each mutation is applied to a copy of the sources in a temporary folder, the kernel is built there,
and the guest tests (or tests on the host, or power cuts) run on it. A mutation that no test notices
survives; then the exit status is 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from zlib import crc32

ROOT = Path(__file__).resolve().parents[2]
from bench.host.program import TIED
from bench.host.running.machine import run
from tests.guest.guest_machine import GuestMachine, GuestRun, parse
from tests.mutations.mutation import Mutation
from tests.mutations.mutations import MUTATIONS
from tests.races.schedule import RaceMachine, seeded
from tools.make import kernel

NOT_COPIED = shutil.ignore_patterns(".git", "build", "results", "__pycache__", "docs")
TIME_LIMIT = 90.0  # seconds for one machine: a kernel that hangs has been noticed
AT_ONCE = os.cpu_count() or 1


class MutationError(Exception):
    """A mutation that does not fit the sources, or does not compile."""


@dataclass
class Verdict:
    """What the tests said of a mutation."""

    mutation: Mutation
    failed: list[str]  # names of tests
    end: str  # how it ended, in words
    seconds: float

    @property
    def noticed(self) -> bool:
        return bool(self.failed) or bool(self.end)


def apply(mutation: Mutation, root: Path) -> None:
    for edit in mutation.edits:
        path = root / edit.file
        text = path.read_text()
        if text.count(edit.old) != 1:
            raise MutationError(
                f"{mutation.name}: in {edit.file} there is {text.count(edit.old)} times: {edit.old}"
            )
        path.write_text(text.replace(edit.old, edit.new))


def make(root: Path, *words: str) -> None:
    done = subprocess.run(
        [*TIED, "make", "-s", *words], cwd=root, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        raise MutationError(f"make {' '.join(words)}: {done.stderr[-2000:]}")


def judge_by_machine(mutation: Mutation, root: Path) -> tuple[list[str], str]:
    make(root, kernel(mutation.variant, debug=mutation.debug, lazy=mutation.lazy))
    machine = GuestMachine(
        mutation.variant,
        mutation.harts,
        mutation.debug,
        mutation.lazy,
        memory="256M" if mutation.processes > 64 else GuestMachine.memory,
        processes=mutation.processes,
        time_limit=TIME_LIMIT,
    )
    globs = "row12*" if mutation.processes > 64 else "lazy_*" if mutation.lazy else mutation.tests
    outcome = run(machine.config(globs, root / "build"))
    results, planned = parse(outcome.lines)
    failed = [name for name, result in results.items() if not result.ok]
    guest = GuestRun(results, planned, outcome.status, outcome.lines, "")
    return failed, how_it_ended(guest, outcome.timed_out)


def judge_by_schedule(mutation: Mutation, root: Path) -> tuple[list[str], str]:
    assert mutation.seed is not None
    make(root, kernel(mutation.variant, debug=True))
    make(ROOT, "build/turns.so")
    machine = RaceMachine(mutation.variant, mutation.harts, root / "build")
    verdict = machine.run(mutation.tests, seeded(mutation.tests, mutation.seed))
    return [mutation.tests] if verdict.failed else [], verdict.failed


def how_it_ended(guest: GuestRun, timed_out: bool) -> str:
    """In words; empty when the machine came to its end."""
    running = [line[6:] for line in guest.lines if line.startswith("# run ")]
    last = running[-1] if running else "the boot"
    panics = [line for line in guest.lines if "panic: " in line or "init was killed" in line]
    if panics:
        return f"in {last}: {panics[0]}"
    if timed_out:
        return f"hangs in {last}"
    if guest.planned != len(guest.results):
        return f"ends in {last} with status {guest.status}"
    return ""


def judge_by_host_tests(mutation: Mutation, root: Path) -> tuple[list[str], str]:
    usual = "tests/kernel/test_fs.py" if mutation.disk else "tests/variants/test_stores.py"
    return judge_by_pytest(mutation.host or usual, root)


def judge_by_system(mutation: Mutation, root: Path) -> tuple[list[str], str]:
    make(root, kernel(mutation.variant), "build/root.img")
    return judge_by_pytest(mutation.system, root)


def judge_by_pytest(tests: str, root: Path) -> tuple[list[str], str]:
    done = subprocess.run(
        [*TIED, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=900,
    )
    return re.findall(r"^FAILED [^:]+::(\S+)", done.stdout, re.MULTILINE), ""


def judge_by_power_cuts(mutation: Mutation, root: Path) -> tuple[list[str], str]:
    words = [f"VARIANT={mutation.variant}", f"CUTS={mutation.power_cuts}", "MACHINES=1"]
    words.append(f"SEED={crc32(mutation.name.encode())}")
    done = subprocess.run(
        [*TIED, sys.executable, "cowshed", "power-cuts", *words],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=600,
    )
    failed = re.findall(r"^FAILED: (cut \d+)", done.stdout, re.MULTILINE)
    return failed, "" if failed or done.returncode == 0 else done.stderr.strip()


def judge(mutation: Mutation) -> Verdict:
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cowshed-mutation-") as folder:
        root = Path(folder) / "tree"
        shutil.copytree(ROOT, root, ignore=NOT_COPIED)
        (root / "build").mkdir()
        shutil.copy(ROOT / "build" / "tests.img", root / "build")
        apply(mutation, root)
        failed, end = judge_of(mutation)(mutation, root)
    return Verdict(mutation, failed, end, time.monotonic() - start)


def judge_of(mutation: Mutation) -> Callable[[Mutation, Path], tuple[list[str], str]]:
    if mutation.power_cuts:
        return judge_by_power_cuts
    if mutation.seed is not None:
        return judge_by_schedule
    if mutation.system:
        return judge_by_system
    return judge_by_host_tests if is_for_host(mutation) else judge_by_machine


def is_for_host(mutation: Mutation) -> bool:
    return mutation.stores or mutation.disk or bool(mutation.host)


def show(verdict: Verdict) -> None:
    mutation = verdict.mutation
    where = f"{mutation.variant}, {mutation.harts} hart(s)"
    if is_for_host(mutation):
        where = "host"
    if mutation.seed is not None:
        where += f", SEED={mutation.seed}"
    if mutation.power_cuts:
        where = f"{mutation.power_cuts} power cuts"
    print(f"{'noticed ' if verdict.noticed else 'SURVIVED'} {mutation.name} ({where}, ", end="")
    print(f"{verdict.seconds:.0f} s): {mutation.what}")
    if verdict.failed:
        more = f" and {len(verdict.failed) - 6} more" if len(verdict.failed) > 6 else ""
        print(f"         {len(verdict.failed)} failed: {', '.join(verdict.failed[:6])}{more}")
    if verdict.end:
        print(f"         {verdict.end}")
    sys.stdout.flush()


def main(patterns: Sequence[str]) -> int:
    chosen = [m for m in MUTATIONS if any(fnmatch(m.name, p) for p in patterns or ["*"])]
    if not chosen:
        print("no mutation has such a name; there are:", *(m.name for m in MUTATIONS))
        return 2
    survived = []
    try:
        make(ROOT, "build/tests.img")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for verdict in pool.map(judge, chosen):
                show(verdict)
                if not verdict.noticed:
                    survived.append(verdict.mutation.name)
    except MutationError as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 1
    print(f"{len(chosen) - len(survived)} of {len(chosen)} mutations noticed", end="")
    print(f"; survived: {', '.join(survived)}" if survived else "")
    return 1 if survived else 0
