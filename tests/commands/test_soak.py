"""make soak: which runs there are, what is said of them, and that it ends when it should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tools import commands
from tools.machines import soak, soak_runs
from tools.machines.soak_runs import OTHERS, POWER_CUTS, Result, Run, all_runs

VARIANTS = ["eager", "cow-reuse"]
SECONDS = 60  # for a soak that does not end


def runs(seed: int, count: int) -> list[Run]:
    return list(islice(all_runs(VARIANTS, seed, seconds=3), count))


def test_every_kind_of_machine_has_its_turn() -> None:
    first = runs(1, 20)
    assert len({(run.row, run.kind) for run in first if run.kind not in OTHERS}) == 16
    for kind in OTHERS:
        assert sorted(r.machine.variant for r in first if r.kind == kind) == sorted(VARIANTS)
    debug = {(run.row, run.kind) for run in runs(1, 40 * 20) if run.machine.debug}
    assert len(debug) == 16


def test_seed_decides_all() -> None:
    assert runs(7, 100) == runs(7, 100)
    assert runs(7, 100) != runs(8, 100)


def test_run_can_be_repeated_by_what_is_said_of_it() -> None:
    for run in runs(3, 20):
        if run.cuts:
            assert str(run).startswith("make power-cuts VARIANT=")
            assert f"SEED={run.seed} " in str(run)
        elif run.schedules:
            assert str(run).endswith(f"from seed {run.seed} on")
        else:
            assert str(run).startswith(f"make run CMD='/tests/churn -s 3 -r {run.seed}' VARIANT=")


@pytest.mark.parametrize(
    ("seconds", "variants", "each"), [(5, 4, 2), (60, 4, 2), (60, 1, 7), (200, 4, 6), (3600, 4, 15)]
)
def test_length_of_a_run_follows_the_time(seconds: float, variants: int, each: int) -> None:
    assert soak.run_seconds(seconds, variants) == each


Fake = Callable[..., int]  # runs the program, and gives its status


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Replaces the runs by a function of their number, from 0."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(soak, "make", lambda *goals, **more: None)

    def start(do: object, *words: str) -> int:
        numbers = iter(range(10**6))
        monkeypatch.setattr(
            soak, "do", lambda run, stop: do(next(numbers), run, stop)  # type: ignore[operator]
        )
        return commands.main(["soak", *words])

    return start


def quick(number: int, run: Run, stop: threading.Event) -> Result:
    time.sleep(0.1)
    result = Result(run, seconds=2)
    result.did.update({POWER_CUTS: 1000} if run.cuts else {"forks": 600})
    return result


def test_report_of_a_good_soak(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    assert fake(quick, "SECONDS=12", "SEED=5", "VARIANT=eager") == 0
    out = capsys.readouterr().out
    assert "soak: SEED=5, 12 s, eager" in out
    assert "eager, lazy" in out and "virtio, 4 harts" in out and "power cuts" in out
    assert "00 forks" in out and ",000 power cuts" in out
    assert "Nothing went wrong." in out and "had no turn" not in out


def test_kinds_without_a_turn_are_told(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    def slow(number: int, run: Run, stop: threading.Event) -> Result:
        time.sleep(2.1)
        return Result(run)

    assert fake(slow, "SECONDS=3", "SEED=5", "VARIANT=eager") == 0
    assert "kinds of machine had no turn" in capsys.readouterr().out


def test_run_that_went_wrong(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    def wrong(number: int, run: Run, stop: threading.Event) -> Result:
        result = quick(number, run, stop)
        if number == 3:
            result.console = ["cowshed: panic: [frame] 12"]
            result.wrong = ["the machine ended with status 255"]
        return result

    assert fake(wrong, "SECONDS=3", "SEED=9", "VARIANT=eager") == 1
    out = capsys.readouterr().out
    expected = list(islice(all_runs(["eager"], 9, 2), 4))[3]
    assert f"Went wrong: {expected}" in out
    assert "cowshed: panic: [frame] 12" in out and "ended with status 255" in out
    assert "1 wrong" in out and "Nothing went wrong" not in out


def test_too_much_that_goes_wrong_ends_it(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    def wrong(number: int, run: Run, stop: threading.Event) -> Result:
        return Result(run, wrong=["no"])

    assert fake(wrong, "SECONDS=600", "SEED=5") == 1
    assert capsys.readouterr().out.count("Went wrong:") in range(10, 13)


def test_time_is_kept(fake: Fake) -> None:
    start = time.monotonic()
    assert fake(quick, "SECONDS=2.5") == 0
    assert time.monotonic() - start < 10  # a computer may stand still for a second or two


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("SECONDS=0", "SECONDS=0 is not a number of seconds"),
        ("SEED=x", "SEED=x is not a number from 0 to 4294967295"),
        ("VARIANT=x", "VARIANT=x is not a variant"),
        ("CPUS=4", "CPUS=4 is not a variable of soak, which takes: VARIANT SECONDS SEED"),
    ],
)
def test_bad_words_are_refused(capsys: pytest.CaptureFixture[str], word: str, reason: str) -> None:
    assert commands.main(["soak", word]) == 2
    assert reason in capsys.readouterr().err


def test_interrupt_ends_the_runs_and_reports(
    fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(number: int, run: Run, stop: threading.Event) -> Result:
        if number < 4:
            return quick(number, run, stop)
        if number == 4:
            os.kill(os.getpid(), signal.SIGINT)
        stopped = stop.wait(30)
        return Result(run, stopped=stopped)

    start = time.monotonic()
    assert fake(slow, "SECONDS=600", "SEED=5") == 130
    assert time.monotonic() - start < 10
    out = capsys.readouterr().out
    assert "interrupted; what had been done" in out and "4 runs" in out


def test_counts_of_churn() -> None:
    line = "churn: 9 rounds in 12 s, seed 7: 123 forks, 45 memory writes, 0 own files"
    assert soak_runs.counts_in(line) == {"forks": 123, "memory writes": 45, "own files": 0}
    assert soak_runs.counts_in("churn: ok") == {}


# On machines.


@pytest.mark.needs("cow-reuse")
def test_soak_of_some_seconds(capfd: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["soak", "SECONDS=5", "SEED=11", "VARIANT=cow-reuse"]) == 0
    out = capfd.readouterr().out
    assert "Nothing went wrong." in out
    assert " forks, " in out and " own files, " in out


def living_in(group: int) -> list[str]:
    """The processes of a group. The dead that nobody waits for are dead."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            head, _, rest = stat.read_text().rpartition(") ")
            state, _, its_group = rest.split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(head)
    return found


def test_interrupt_while_it_builds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*goals: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(soak, "make", interrupted)
    assert commands.main(["soak", "SECONDS=5"]) == 130
    assert capsys.readouterr().err.startswith("soak: interrupted: nothing is left running")


@pytest.mark.needs("cow-reuse")
def test_interrupt_leaves_no_machine_and_no_disk() -> None:
    process = subprocess.Popen(
        ["./cowshed", "soak", "SECONDS=60", "SEED=12", "VARIANT=cow-reuse"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert "SEED=12" in process.stdout.readline()
    time.sleep(3)  # machines may run, be built or be checked
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "interrupted" in out
    assert not living_in(process.pid)
