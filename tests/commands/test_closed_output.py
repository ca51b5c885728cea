"""Commands whose output nobody reads any more, as behind `| head`: each ends at once, quietly, and by
SIGPIPE, as `ls` does."""

from __future__ import annotations

import fcntl
import os
import pkgutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.host import commands
from bench.host.running.machine import ROOT
from bench.host.stored.results import store
from tests.bench.host.support import FAKE_MACHINE, a_result, make_project
from tests.guest.guest_machine import variants_under_test

VARIANT = variants_under_test()[-1]
SIZES = (0, 256, 1024, 4096)

# What there is to type: programs of the project, and what they get. Each of them prints something
# soon, or says in the end what it did.
PROGRAMS: dict[str, list[str | Path]] = {
    "bench.host.cli --help": [],
    "tools.machines.grade": [f"VARIANT={VARIANT}", "PARTS=three"],
    "tools.machines.qemu": [f"VARIANT={VARIANT}"],
    "tools.machines.soak": [f"VARIANT={VARIANT}", "SECONDS=60"],
    "tools.new_variant --help": [],
    "tools.stage --help": [],
    "tools.programs": ["tests/course/depth.c"],
    "tests.power_cut": ["--variant", VARIANT],
}
# The arguments of bench.host.cli's commands; those that there are not here, print in any case.
ON_FAKE = ["--qemu", str(FAKE_MACHINE), "--compiler", str(FAKE_MACHINE)]
ARGUMENTS = {
    "bench": ["--variant", "eager", "--bench", "null", *ON_FAKE],
    "export": ["--variant", "eager"],
    "verify": ["--variant", "eager", "--bench", "null", "--usual-layout", *ON_FAKE],
    "plot": ["--format", "ascii"],
}


def into_closed_pipe(
    *command: str | Path, errors_too: bool = False
) -> subprocess.CompletedProcess[str]:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer if errors_too else subprocess.PIPE,
            text=True,
            timeout=120,
        )
    finally:
        os.close(writer)


def check(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == -signal.SIGPIPE, done.stderr
    assert "Traceback" not in done.stderr and "rror" not in done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_project(tmp_path_factory.mktemp("closed") / "project", ("eager", "cow-reuse"))
    for variant, page in (("eager", 1100), ("cow-reuse", 20)):
        times = {f"fork/pages:{pages}": 1000 + page * pages for pages in SIZES}
        values = {name: {"resident_pages": pages + 5} for name, pages in zip(times, SIZES)}
        store(root / "results", a_result(variant, times, values))
    return root


@pytest.mark.parametrize(
    "command", [name for _, name, _ in pkgutil.iter_modules(commands.__path__)]
)
def test_command_of_the_benchmarks(command: str, project: Path) -> None:
    words = [*command.split(), "--root", str(project), *ARGUMENTS.get(command, [])]
    check(into_closed_pipe(sys.executable, "-m", "bench.host.cli", *words))


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program: str) -> None:
    words = [*program.split(), *PROGRAMS[program]]
    check(into_closed_pipe(sys.executable, "-m", *words))


@pytest.mark.parametrize("words", ["tools/run --help", "-m tests.mutations.run no-such-mutation"])
def test_script(words: str) -> None:
    check(into_closed_pipe(sys.executable, *words.split()))


@pytest.mark.parametrize("errors_too", [False, True])
def test_machine_that_goes_on_talking(errors_too: bool) -> None:
    """A reader that goes away in the middle of it, before a pipe of one page has all."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    words = [f"VARIANT={VARIANT}", f"CMD=cat {'README ' * 40}; sleep 6000"]
    run = subprocess.Popen(
        ["tools/run", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=writer if errors_too else subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    _, errors = run.communicate(timeout=50)
    check(subprocess.CompletedProcess(words, run.returncode, "", errors or ""))


def test_make_run_and_make_help() -> None:
    """make ends as the command did."""
    done = subprocess.run(
        f"make run VARIANT={VARIANT} CMD='cat README README README' | head -c1; "
        "make help | head -1; echo ${PIPESTATUS[@]}",
        cwd=ROOT,
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr and "***" not in done.stderr
    assert done.stdout.endswith("plots and README\n0 0\n")


def test_output_that_was_closed_before() -> None:
    """As by >&-: what would be printed goes nowhere, and in no file."""
    words = f"{sys.executable} -m bench.host.cli budget --root {ROOT} >&- 2>&- <&-"
    assert subprocess.run(words, cwd=ROOT, shell=True, timeout=60).returncode in (0, 1)
