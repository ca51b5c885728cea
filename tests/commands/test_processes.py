"""What tests start ends with them, and has the usual signals, whatever this suite was started by; and
programs whose starter ignores signals, or is gone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.guest.guest_machine import any_variant
from tests.support.processes import below, wait_until_gone, words_of

VARIANT = any_variant()
SECONDS = 120.0  # for something to happen that does happen

# A daemon, and orphans; each would sleep for long.
SLEEP = f"sleep 600.{os.getpid()}"
STARTS = f"""
import subprocess, time
def start():
    subprocess.Popen(["setsid", "sh", "-c", "trap '' INT TERM HUP; {SLEEP} & {SLEEP}"])
    subprocess.run("({SLEEP} &); {SLEEP} &", shell=True)
"""


def sleepers() -> list[str]:
    """Those that are left, wherever they are."""
    commands = [words_of(int(folder.name)) for folder in Path("/proc").glob("[0-9]*")]
    return [" ".join(words) for words in commands if SLEEP in " ".join(words)]


def ignore_signals() -> None:
    """As nohup does, and a shell for the jobs of a script."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def suite(tmp_path: Path, body: str) -> list[str]:
    """A command that runs tests with this suite's conftest."""
    (tmp_path / "test_inner.py").write_text(body)
    options = ["-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    return [sys.executable, "-m", "pytest", *options, str(tmp_path / "test_inner.py")]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def run_suite(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        suite(tmp_path, body),
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        preexec_fn=ignore_signals,
    )


def test_a_test_that_fails_leaves_no_process(tmp_path: Path) -> None:
    done = run_suite(tmp_path, STARTS + "def test_fails():\n    start()\n    assert False\n")
    assert "1 failed" in done.stdout, done.stdout + done.stderr
    assert "error" not in done.stdout
    assert sleepers() == []


def test_a_test_that_passes_but_leaves_processes_is_told_so(tmp_path: Path) -> None:
    body = f"from tests import conftest\nconftest.SECONDS_TO_END = 0.1\n{STARTS}def test_passes():\n    start()\n"
    done = run_suite(tmp_path, body)
    assert "1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert SLEEP in done.stdout
    assert sleepers() == []


def test_what_a_test_starts_has_the_usual_signals(tmp_path: Path) -> None:
    body = """
import os, signal, subprocess
def test_signals():
    for number in (signal.SIGINT, signal.SIGHUP):
        os.kill(os.getpid(), number)  # which this process goes on to ignore
        code = f"kill -{number} $$; sleep 600"
        assert subprocess.run(["sh", "-c", code], timeout=60).returncode == -number
"""
    done = run_suite(tmp_path, body)
    assert done.returncode == 0, done.stdout + done.stderr


def until(process: subprocess.Popen[str], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_suite_that_is_ended_leaves_no_process(tmp_path: Path) -> None:
    body = (
        STARTS
        + "def test_waits():\n    start()\n    open('here', 'w').close()\n    time.sleep(600)\n"
    )
    process = subprocess.Popen(
        suite(tmp_path, body), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True
    )
    until(process, (tmp_path / "here").exists)
    process.terminate()
    process.communicate(timeout=SECONDS)
    assert sleepers() == []


# What programs do.


def machines_below(top: int) -> Iterator[int]:
    for pid in below(top):
        words = words_of(pid)
        if words and words[0].startswith("qemu-system") and "-kernel" in words:
            yield pid


def ignores(pid: int, number: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    (mask,) = re.findall(r"^SigIgn:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return bool(int(mask, 16) >> (number - 1) & 1)


COMMANDS = {
    "run": ["make", "run", f"VARIANT={VARIANT}", "CMD=sleep 60000", "TIMEOUT=600"],
    "bench": ["make", "bench", f"VARIANT={VARIANT}", "BENCH=fork_exec", "REPEAT=20000"],
    "soak": ["make", "soak", f"VARIANT={VARIANT}", "SECONDS=600"],
}


@pytest.mark.xdist_group("make bench")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_program_goes_on_to_ignore_signals_but_sigterm_ends_it(
    command: str, tmp_path: Path
) -> None:
    words = COMMANDS[command] + [f"OUT={tmp_path / 'out'}"] * (command == "bench")
    make = subprocess.Popen(
        words,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=ignore_signals,
        start_new_session=True,
    )
    until(make, lambda: list(machines_below(make.pid)))
    programs = [pid for pid in below(make.pid) if "python" in "".join(words_of(pid)[:1])]
    assert programs
    for number in (signal.SIGINT, signal.SIGHUP):
        assert all(ignores(pid, number) for pid in programs)
    make.terminate()
    _, errors = make.communicate(timeout=SECONDS)
    assert make.returncode not in (0, None) and "Traceback" not in errors
    assert wait_until_gone(set(), SECONDS) == set()


@pytest.mark.xdist_group("make bench")
@pytest.mark.parametrize("command", ["bench", "soak"])
def test_a_program_ends_when_make_is_gone(command: str, tmp_path: Path) -> None:
    words = COMMANDS[command] + [f"OUT={tmp_path / 'out'}"] * (command == "bench")
    make = subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True
    )
    until(make, lambda: list(machines_below(make.pid)))
    make.kill()
    make.wait()
    assert wait_until_gone(set(), SECONDS) == set()
