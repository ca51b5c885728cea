"""^C, SIGTERM and SIGHUP, as make gets them, with real machines: nothing goes on running, no file is
half written, and the message and the status say what it was. And what make says to bad words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bench.host import interrupts
from bench.host.running.machine import ROOT
from tests.guest.guest_machine import any_variant
from tests.support.processes import below, is_alive, words_of
from tests.support.scripts import make_script

pytestmark = pytest.mark.xdist_group("make bench")  # they build the same files
VARIANT = any_variant()
# Long enough to be interrupted, and without kernels that `make test` does not build.
LONG = ("BENCH=fork_exec", "REPEAT=20000")
MESSAGE = ": interrupted: nothing is left running, and each file is whole, old or new\n"


def machines_under(top: int) -> set[int]:
    """QEMUs that a process or its descendants started to measure: none that plans, and none that tells
    its version."""
    found = {pid: words_of(pid) for pid in below(top)}
    return {
        pid
        for pid, words in found.items()
        if words and words[0].startswith("qemu-system") and "-kernel" in words
        if not any("plan=1" in word for word in words)
    }


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


T = TypeVar("T")


def wait_for(top: subprocess.Popen[str], what: Callable[[], T]) -> T:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert top.poll() is None, top.communicate()
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("nothing was started")


def interrupt(process: subprocess.Popen[str], number: signal.Signals) -> None:
    machines = wait_for(process, lambda: machines_under(process.pid))
    os.killpg(process.pid, number)  # as a terminal does
    _, errors = process.communicate(timeout=60)
    assert MESSAGE in errors and "Traceback" not in errors
    assert not any(map(is_alive, machines))


def check_status_of_make(status: int, number: signal.Signals) -> None:
    """A shell says 130 for ^C. Where its child ends before make itself gets to the signal, make finds
    no child any more ("wait: No child processes") and ends with 2."""
    assert status in (-number, 2)


@pytest.mark.parametrize("number", interrupts.SIGNALS)
def test_interrupted_bench_leaves_no_machine_and_no_half_file(
    number: signal.Signals, tmp_path: Path
) -> None:
    words = [f"VARIANT={VARIANT}", f"OUT={tmp_path / 'out'}", *LONG]
    process = start("make", "bench", *words)
    interrupt(process, number)
    check_status_of_make(process.returncode, number)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("number", interrupts.SIGNALS)
def test_interrupted_plot_leaves_no_gnuplot_and_the_old_pictures(
    number: signal.Signals, tmp_path: Path
) -> None:
    """A program stands in for gnuplot, which would not end."""
    plots = ROOT / "results" / "plots"
    if not plots.exists():
        pytest.skip("no results to draw")
    before = {path: path.stat().st_mtime_ns for path in plots.rglob("*")}
    pids = tmp_path / "pids"
    make_script(tmp_path / "gnuplot", f"echo $$ >>{pids}; exec sleep 600")
    process = start("make", "plot", PATH=f"{tmp_path}:{os.environ['PATH']}")
    wait_for(process, pids.exists)
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert errors.count(MESSAGE) == 1 and "Traceback" not in errors
    check_status_of_make(process.returncode, number)
    assert not any(is_alive(int(pid)) for pid in pids.read_text().split())
    assert {path: path.stat().st_mtime_ns for path in plots.rglob("*")} == before


@pytest.mark.parametrize("number", interrupts.SIGNALS)
def test_interrupted_verify_leaves_no_machine_and_no_half_file(
    number: signal.Signals, tmp_path: Path
) -> None:
    if not (ROOT / "results" / f"{VARIANT}.json").exists():
        pytest.skip(f"no results of {VARIANT} to verify")
    words = [f"VARIANT={VARIANT}", "BENCH=fork_exec", f"OUT={tmp_path}"]
    process = start("./cowshed", "verify", *words)
    interrupt(process, number)
    assert process.returncode == 130
    assert not list(tmp_path.rglob("*"))


BAD_WORDS = {
    "BENCH=spoon": "bench: error: there is no benchmark 'spoon'; those that exist: ",
    "BENCH=a;b": "BENCH=a;b is not a list of names such as fork*,null",
    "PAGES=abc": "PAGES=abc is not a list of numbers such as 0,256",
    "PAGES=-1": "PAGES=-1 is not a list of numbers such as 0,256",
    "REPEAT=0": "REPEAT=0 is not a number from 1 to 999999",
    "PARAMS=percent": "PARAMS=percent has 'percent', which is not a parameter such as percent=0,50",
    "MEM=lots": "MEM=lots is not a size of memory from 64M to 4G",
    "CPUS=9": "CPUS=9 is not a number from 1 to 8",
    "CPUS=2 PARAMS=harts=1": "bench: error: harts is given twice: CPUS=2, and PARAMS has 1",
    "CLOCK=wall": "CLOCK=wall is not a variable of bench, which takes: VARIANT",
    "OUT=Makefile": "bench: error: results cannot go to ",
    "OUT=results REPEAT=1": "is for results with other settings than these",
    "LAZY=yes": "LAZY=yes can be 0 or 1, or be left out",
    "VARIANT=cow": "VARIANT=cow is not a variant; there are: ",
}


@pytest.mark.parametrize("words", BAD_WORDS)
def test_bad_words_are_refused_before_anything_is_built(words: str) -> None:
    given = words.split(" ") if "=" in words.partition(" ")[2] else [words]
    variant = [] if "VARIANT" in words else [f"VARIANT={VARIANT}"]
    process = start("make", "bench", *variant, *given)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert BAD_WORDS[words] in errors and "Traceback" not in errors
    assert len(errors.splitlines()) <= 2  # the reason, and make's own line
    assert "CC" not in output and "LINK" not in output
