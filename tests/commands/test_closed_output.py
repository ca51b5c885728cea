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

from bench.host import commands as results
from bench.host.running.machine import ROOT
from bench.host.stored.results import store
from tests.bench.host.support import a_result, command, make_project
from tests.guest.guest_machine import any_variant

VARIANT = any_variant()
SIZES = (0, 256, 1024, 4096)

# What there is to type: commands, and what they get. Each of them prints something soon, or says in the
# end what it did.
COMMANDS: dict[str, list[str]] = {
    "help": [],
    "explain": [f"VARIANT={VARIANT}", "BENCH=null"],
    "grade": [f"VARIANT={VARIANT}", "PARTS=three"],
    "qemu": [f"VARIANT={VARIANT}"],
    "soak": [f"VARIANT={VARIANT}", "SECONDS=60"],
    "power-cuts": [f"VARIANT={VARIANT}"],
    "mutants": ["MUTANTS=no-such-mutation"],
}
# The variables of commands about results.
RESULTS = {
    "bench": ["VARIANT=eager", "BENCH=null"],
    "export": ["VARIANT=eager"],
    "verify": ["VARIANT=eager", "BENCH=null"],
    "plot": ["FORMAT=ascii"],
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


# explain needs a real machine.
@pytest.mark.parametrize(
    "name", [name for _, name, _ in pkgutil.iter_modules(results.__path__) if name != "explain"]
)
def test_command_about_results(name: str, project: Path) -> None:
    check(into_closed_pipe(*command(project, name, *RESULTS.get(name, []))))


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name: str) -> None:
    check(into_closed_pipe("./cowshed", name, *COMMANDS[name]))


def test_program_of_the_build() -> None:
    check(into_closed_pipe(sys.executable, "-m", "tools.stage", "--help"))


@pytest.mark.parametrize("errors_too", [False, True])
def test_machine_that_goes_on_talking(errors_too: bool) -> None:
    """A reader that goes away in the middle of it, before a pipe of one page has all."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    words = [f"VARIANT={VARIANT}", f"CMD=cat {'README ' * 40}; sleep 6000"]
    run = subprocess.Popen(
        ["./cowshed", "run", *words],
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


def test_make_help() -> None:
    done = subprocess.run(
        "make help | head -1; echo ${PIPESTATUS[@]}",
        cwd=ROOT,
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr and "***" not in done.stderr
    assert done.stdout.endswith("\n0 0\n")


def test_output_that_was_closed_before() -> None:
    """As by >&-: what would be printed goes nowhere, and in no file."""
    words = f"{sys.executable} cowshed budget >&- 2>&- <&-"
    assert subprocess.run(words, cwd=ROOT, shell=True, timeout=60).returncode in (0, 1)
