"""`bench` as a whole, on a fake machine: what it leaves behind when all goes well, and that it
leaves everything as it was when a machine panics, hangs, or prints garbage."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.host.plots import plot
from bench.host.running.machine import ROOT
from bench.host.stored.check import load
from tests.bench.host.support import (
    FAKE_MACHINE,
    VARIANTS,
    command,
    fill_results,
    make_project,
    run_bench,
    typed,
)

CUSTOM = Path("results/custom")  # where results of other than the usual settings go
SMALL = ("PAGES=0,4096", "REPEAT=3")
ONE_MACHINE = ("BENCH=fork", "PAGES=0,256", "REPEAT=3")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built project; its pictures are not drawn, which takes longer than all the rest."""
    monkeypatch.delenv("FAKE_MACHINE", raising=False)
    monkeypatch.setattr(plot, "draw", lambda folder, results: plot.Drawn())
    return make_project(tmp_path / "project")


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.glob("*") if p.is_file()}


def test_results_of_one_variant(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bench(project, "VARIANT=cow-reuse") == 0
    assert sorted(contents(project / "results")) == ["cow-reuse.csv", "cow-reuse.json"]
    found = load(project / "results/cow-reuse.json")
    assert found.context["variant"] == "cow-reuse"
    assert found.context["firmware"] == "OpenSBI v1.1"
    assert found.context["qemu"] == "QEMU emulator version 0.0 (fake machine)"
    kernels = ["cow-reuse", *(f"cow-reuse-link{seed}" for seed in (1, 2, 3))]
    images = {"bench.img", *(f"{kernel}/kernel.elf" for kernel in kernels)}
    assert found.context["images"].keys() == images
    names = set(found.benchmarks)
    assert {"null", "fork/pages:16384", "memory/pages:0", "fork/pages:4096/layout:3"} <= names
    assert len(names) == 39 + 3 * 4
    output = capsys.readouterr().out
    assert re.search(r"\d+/51 cow-reuse, fork: ended after \d", output)
    assert re.search(r"\d+/51 cow-reuse, write_last, layout 2: ended after", output)
    assert "cow-reuse: instructions per operation" in output
    assert "no results of eager yet" in output
    assert "write fault by the last owner" in output
    assert str(project) not in (project / "results/cow-reuse.json").read_text()


def test_two_runs_in_two_places_give_the_same_bytes(project: Path, tmp_path: Path) -> None:
    other = make_project(tmp_path / "another" / "clone")
    assert run_bench(project, "VARIANT=cow-hash", *SMALL, "MACHINES=1") == 0
    assert run_bench(other, "VARIANT=cow-hash", *SMALL, "MACHINES=3") == 0
    first = contents(project / CUSTOM)
    assert first and contents(other / CUSTOM) == first
    # And it is no constant: another size of the machine is another result.
    assert run_bench(other, "VARIANT=cow-hash", *SMALL, "MEM=256M") == 0
    assert contents(other / CUSTOM) != first


def test_machines_of_the_full_set_are_one_result(project: Path) -> None:
    assert run_bench(project, "VARIANT=eager", "PAGES=4096,256,0", "REPEAT=1") == 0
    found = load(project / CUSTOM / "eager.json")
    assert all(each.repetitions == 1 for each in found.benchmarks.values())
    some, any_pages = ("4096", "256"), ("4096", "256", "0")
    assert list(found.benchmarks) == (
        ["null", *(f"fork/pages:{p}" for p in any_pages)]
        + [f"fork_touch/pages:{p}/percent:{k}" for p in any_pages for k in (0, 50)]
        + [f"{family}/pages:{p}" for family in ("fork_exit", "fork_exec") for p in any_pages]
        + [f"{family}/pages:{p}" for family in ("write_copy", "write_last") for p in some]
        + [f"memory/pages:{p}" for p in any_pages]
        + [f"metadata/pages:{p}/memory:{m}" for m in (64, 256) for p in any_pages]
        + [f"smp_fork/harts:{h}/sharing:{s}" for h in (1, 2, 4) for s in (0, 1)]
    )
    assert found.context["arguments"] == ["pages=4096,256,0", "repeat=1"]


def test_all_variants_and_their_ratios(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bench(project) == 0
    assert sorted(contents(project / "results")) == sorted(
        f"{v}.{kind}" for v in VARIANTS for kind in ("csv", "json")
    )
    output = capsys.readouterr().out
    assert "than eager" in output and "× fewer" in output
    assert "eager / cow-array" in output
    readme = (project / "README.md").read_text()
    assert "typed before\n" in readme and "\ntyped after\n" in readme
    assert "| null system call | eager | 93 | at most 95 | instructions per call | kept |" in readme
    assert "\nold\n" not in readme


def test_a_later_variant_is_compared_with_the_stored_baseline(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_bench(project, "VARIANT=eager", *SMALL) == 0
    assert "than eager" not in capsys.readouterr().out
    assert run_bench(project, "VARIANT=cow-array", *SMALL) == 0
    assert "than eager" in capsys.readouterr().out
    # Measured with another memory, the two cannot be compared.
    assert run_bench(project, "VARIANT=cow-array", *SMALL, "MEM=256M") == 0
    output = capsys.readouterr().out
    assert "than eager" not in output
    assert "not compared with eager: memory 256M and 512M" in output


DISASTERS = {
    "garbage": "not JSON after '@ '",
    "noise": "garbage on the console: 'yølk of a stray pointer'",
    "hang": "no end within the time limit of 2 s, in fork/pages:0 after 1 of 3 samples",
    "panic": "the kernel panicked in fork/pages:0 after 1 of 3 samples: frame 0x1234 freed twice",
    "truncated": "the machine ended too early, in fork/pages:0 after 1 of 3 samples",
    "stops": "the machine ended too early, in fork/pages:0 after 1 of 3 samples",
    "error": "the runner gave up in fork/pages:0 .*: fork failed: not enough memory",
    "negative": "cycles: -5 is less than the minimum of 0",
    "text": "cycles: '2543' is not of type 'integer'",
    "no-counter": "'faults_copy' is a required property",
    "skip": "sample 2 in place of 1",
    "silent": "the machine ended too early, before the first benchmark",
    "status": "exit status 7 in place of 0, after the last benchmark",
    "more": "a done line after the end",
}


@pytest.mark.parametrize("disaster", DISASTERS)
def test_disaster_is_an_error_and_leaves_everything_as_it_was(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    disaster: str,
) -> None:
    assert run_bench(project, "VARIANT=eager", *ONE_MACHINE) == 0
    before = contents(project / CUSTOM) | contents(project)
    capsys.readouterr()
    monkeypatch.setenv("FAKE_MACHINE", disaster)
    monkeypatch.setenv("FAKE_MACHINE_ONLY", "eager")  # and not its layouts, so as to know which
    start = time.monotonic()
    assert run_bench(project, "VARIANT=eager", *ONE_MACHINE, machine_seconds=2.0) == 1
    assert time.monotonic() - start < 10
    assert contents(project / CUSTOM) | contents(project) == before
    errors = capsys.readouterr().err
    assert re.search(rf"bench: error: eager, fork: .*({DISASTERS[disaster]})", errors)
    assert "last lines of the console:\n    | " in errors


def test_disaster_in_a_layout_is_one_of_the_whole(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MACHINE", "panic")
    monkeypatch.setenv("FAKE_MACHINE_ONLY", "*-link2")
    assert run_bench(project, "VARIANT=eager") == 1
    assert "error: eager, fork, layout 2: the kernel panicked" in capsys.readouterr().err
    assert contents(project / "results") == {}


def test_disaster_ends_the_other_machines_of_the_variant(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MACHINE", "hang-or-panic")
    start = time.monotonic()
    assert run_bench(project, "VARIANT=eager", "MACHINES=2", machine_seconds=60.0) == 1
    assert time.monotonic() - start < 40
    assert "error: eager, fork, layout 1: the kernel panicked" in capsys.readouterr().err


def test_disaster_in_one_variant_spares_the_others(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MACHINE", "panic")
    monkeypatch.setenv("FAKE_MACHINE_ONLY", "cow-array")
    assert run_bench(project, *ONE_MACHINE) == 1
    assert "error: cow-array, fork: the kernel panicked" in capsys.readouterr().err
    assert sorted(contents(project / CUSTOM)) == sorted(
        f"{v}.{kind}" for v in VARIANTS if v != "cow-array" for kind in ("csv", "json")
    )


def test_console_lines_cannot_disturb_the_terminal(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MACHINE", "garbage")
    assert run_bench(project, "VARIANT=eager", *ONE_MACHINE) == 1
    errors = capsys.readouterr().err
    assert "\x00" not in errors and "\N{REPLACEMENT CHARACTER}" in errors


def test_unknown_variant_lists_those_that_exist(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_bench(project, "VARIANT=cow-ruse") == 2
    errors = capsys.readouterr().err
    assert "VARIANT=cow-ruse is not a variant; there are: eager cow-around cow-array " in errors
    assert not (project / "results").exists()


def test_kernel_that_is_not_built_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "build/eager-link3/kernel.elf").unlink()
    assert run_bench(project, "VARIANT=eager") == 1
    assert re.search("kernel .*/eager-link3/.* does not exist", capsys.readouterr().err)
    assert not (project / "results").exists()


def processes_with(word: str) -> list[int]:
    """Those whose command line holds a word, but for this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if word in (folder / "cmdline").read_bytes().decode(errors="replace"):
                found.append(int(folder.name))
        except OSError:
            pass
    return [pid for pid in found if pid != os.getpid()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_the_machines(project: Path, number: signal.Signals) -> None:
    bench = subprocess.Popen(
        command(project, "bench", "VARIANT=eager"),
        cwd=ROOT,
        env=os.environ | {"FAKE_MACHINE": "hang"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert bench.stdout is not None
    while "ended" not in bench.stdout.readline():
        assert bench.poll() is None
    assert len(processes_with(str(project))) > 1
    bench.send_signal(number)
    _, errors = bench.communicate(timeout=20)
    assert bench.returncode == 130
    assert errors == (
        "bench: interrupted: nothing is left running, and each file is whole, old or new\n"
    )
    assert processes_with(str(project)) == []
    assert not (project / "results").exists()


def test_commands_that_need_results_say_so(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("table", "budget", "plot"):
        assert typed(project, name) == 1
        assert "holds no results yet: run make bench" in capsys.readouterr().err


def test_table_and_budget_show_stored_results(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_results(project, *SMALL)
    capsys.readouterr()
    assert typed(project, "table", "VARIANT=cow-hash") == 0
    output = capsys.readouterr().out
    assert "cow-hash: instructions per operation" in output and "cow-array:" not in output
    assert re.search(r"pages:4096/percent:50 +2,060", output.partition("cow-hash: fork_touch")[2])
    memory = output.partition("cow-hash: frames used")[2].partition("cow-hash: metadata")[0]
    assert "memory/pages:4096" in memory and "metadata/" not in memory
    assert typed(project, "table", variants=("none",)) == 1
    assert "there are results of eager, cow-array" in capsys.readouterr().err
    assert typed(project, "budget") == 0
    output = capsys.readouterr().out
    assert "MISSED" in output and "cow-array / cow-reuse" in output


def test_whole_numbers_in_a_table_are_not_cut_off(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_bench(project, "VARIANT=eager", "REPEAT=100", "PAGES=16384") == 0
    assert run_bench(project, "VARIANT=cow-hash", "REPEAT=100", "PAGES=16384") == 0
    output = capsys.readouterr().out
    assert "18,035,502" in output and "× fewer" in output and "…" not in output
