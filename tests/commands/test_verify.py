"""`verify`: what was measured is found again; each number that differs is named, and nothing of the
stored results is touched. The last test measures on real machines, against this project's results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.host.measured import Benchmark
from bench.host.plots import plot
from bench.host.running import context
from bench.host.running.machine import ROOT
from bench.host.stored import results
from bench.host.stored.check import load
from tests.bench.host.support import a_result, fill_results, make_project, typed
from tests.guest.guest_machine import variants_under_test
from tools import commands

SMALL = ("BENCH=null,fork", "PAGES=0,256", "REPEAT=3")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of two variants; the machines note how they were started."""
    monkeypatch.delenv("FAKE_MACHINE", raising=False)
    monkeypatch.setattr(plot, "draw", lambda folder, results: plot.Drawn())
    context.first_line.cache_clear()
    root = make_project(tmp_path / "project", ("eager", "cow-reuse"))
    fill_results(root, *SMALL)
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    return root


def run_verify(root: Path, *words: str, **more: object) -> int:
    return typed(root, "verify", *words, **more)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.glob("*") if p.is_file()}


def started(project: Path) -> list[str]:
    log = project.parent / "log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line for line in lines if "plan=1" not in line]


def rewrite(project: Path, change: Callable[[dict[str, Benchmark]], object]) -> None:
    """Change the results of cow-reuse as if they had been measured so."""
    folder = project / "results"
    found = load(folder / "cow-reuse.json")
    change(found.benchmarks)
    results.store(folder, results.signed(found))


def test_what_was_measured_is_found_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(project / "results") | contents(project)
    capsys.readouterr()
    assert run_verify(project) == 0
    output = capsys.readouterr().out
    assert "eager: 3 benchmarks are the same, bit for bit" in output
    assert "cow-reuse: 3 benchmarks are the same, bit for bit" in output
    assert contents(project / "results") | contents(project) == before
    verified = contents(project / "build/verify")
    assert verified == {name: before[name] for name in verified} != {}


def test_every_number_that_differs_is_named(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(project / "results")
    monkeypatch.setenv("FAKE_MORE", "7")
    monkeypatch.setenv("FAKE_MACHINE_ONLY", "cow-reuse")
    capsys.readouterr()
    assert run_verify(project) == 1
    output = capsys.readouterr().out
    assert "eager: 3 benchmarks are the same, bit for bit" in output
    assert "cow-reuse: 3 of 3 benchmarks differ (bit for bit)" in output
    for name in ("null", "fork/pages:0", "fork/pages:256"):
        assert f"cow-reuse: {name}\n    sample 0: instructions per fork " in output
    for line in (
        "sample 0: instructions per fork 3,380 -> 3,387 (+0.21 %)",
        "sample 1: instructions per fork 3,382 -> 3,389 (+0.21 %)",
        "first: instructions per fork 3,880 -> 3,887 (+0.18 %)",
    ):
        assert f"    {line}\n" in output
    assert "faults_copy" not in output  # which are as they were
    assert contents(project / "results") == before


def test_a_changed_number_in_the_results_is_found(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(benchmarks: dict[str, Benchmark]) -> None:
        for sample in benchmarks["fork/pages:256"].samples:
            sample.counters["faults_copy"] += 1

    rewrite(project, change)
    capsys.readouterr()
    assert run_verify(project, "VARIANT=cow-reuse") == 1
    output = capsys.readouterr().out
    assert "cow-reuse: 1 of 3 benchmarks differ (bit for bit)" in output
    assert "    sample 0 to 2: faults_copy 1 -> 0 (-1e+02 %)\n" in output
    assert "    sample 0 to 2: resident_pages " in output and "cow-reuse: null\n" not in output


def test_samples_that_are_not_there_are_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(benchmarks: dict[str, Benchmark]) -> None:
        fork = benchmarks["fork/pages:256"]
        fork.samples += fork.samples[:2]
        fork.rejected = 1

    rewrite(project, change)
    capsys.readouterr()
    assert run_verify(project, "VARIANT=cow-reuse") == 1
    output = capsys.readouterr().out
    assert "    sample 3 to 4: is there -> nothing\n" in output
    assert "    all of it: rejected 1 -> 0" in output


def test_results_changed_by_hand_are_refused_before_anything_runs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "results/cow-reuse.json"
    file.write_text(file.read_text().replace("3382", "3381", 1))
    assert run_verify(project) == 1
    assert "cow-reuse.json: was changed after it was written" in capsys.readouterr().err
    assert started(project) == []


def test_a_table_that_says_otherwise_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "results/cow-reuse.csv"
    file.write_text(file.read_text().replace(",3382,", ",3381,", 1))
    assert run_verify(project, "VARIANT=cow-reuse") == 1
    output = capsys.readouterr().out
    assert (
        "cow-reuse.csv: line " in output
        and ",3381," in output
        and ", but cow-reuse.json says " in output
    )


def test_a_table_of_an_older_version_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "results/cow-reuse.csv"
    file.write_text("variant,name,family,pages,parameters,layout,statistic,repetition,quantity\n")
    assert run_verify(project, "VARIANT=cow-reuse") == 1
    output = capsys.readouterr().out
    assert f"{file}: is not the table of medians of cow-reuse.json (older versions" in output
    assert "make bench VARIANT=cow-reuse writes both files again" in output


def test_other_tools_are_named_and_numbers_may_differ_a_little(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_VERSION", "9.9")
    context.first_line.cache_clear()
    arguments = ("VARIANT=cow-reuse", "BENCH=fork")
    for more, status in (("0", 0), ("60", 0), ("80", 1)):  # of 3,380
        monkeypatch.setenv("FAKE_MORE", more)
        capsys.readouterr()
        assert run_verify(project, *arguments) == status
        output = capsys.readouterr().out
        said = "recorded QEMU emulator version 0.0 (fake machine), here QEMU emulator version 9.9"
        assert f"cow-reuse: other tools: qemu: {said}" in output
        assert f"cow-reuse: other tools: compiler: {said}" in output
    assert "1 of 2 benchmarks differ (within 2%)" in output
    assert "sample 1: instructions per fork 3,382 -> 3,462 (+2.4 %)" in output
    context.first_line.cache_clear()


def test_other_images_are_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "build/cow-reuse/kernel.elf").write_text("another")
    (project / "variants/cow-reuse/variant.h").write_text("// another comment\n")
    capsys.readouterr()
    assert run_verify(project, flags="-O3 -Wall") == 0
    output = capsys.readouterr().out
    said = "not what the stored results were measured with:"
    assert f"note: cow-reuse: {said} cow-reuse/kernel.elf, flags of the compiler; either" in output
    assert f"note: eager: {said} flags of the compiler; either" in output
    assert run_verify(project, "VARIANT=eager") == 0
    assert said not in capsys.readouterr().out


def test_a_part_is_compared_with_its_part(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run_verify(project, "VARIANT=eager", "BENCH=fork/pages:0") == 0
    assert "eager: 1 benchmarks are the same" in capsys.readouterr().out
    (line,) = started(project)
    assert "family=fork bench=fork/pages:0 " in line


def test_benchmarks_that_come_and_go_are_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(project, lambda benchmarks: benchmarks.pop("null"))
    assert run_verify(project, "VARIANT=cow-reuse") == 1
    assert "cow-reuse: null\n    all of it: is nothing -> measured\n" in capsys.readouterr().out


def test_further_layouts_are_verified_too(project: Path, tmp_path: Path) -> None:
    from tests.bench.host.support import run_bench

    assert run_bench(project, "VARIANT=cow-reuse") == 0
    (tmp_path / "log").unlink()
    assert run_verify(project, "VARIANT=cow-reuse", "BENCH=fork") == 0
    assert sum("shuffle=2 " in line and "-link2/" in line for line in started(project)) == 1
    (tmp_path / "log").unlink()
    assert run_verify(project, "VARIANT=cow-reuse", "BENCH=fork", usual_layout=True) == 0
    assert len(started(project)) == 1


def test_disaster_is_no_agreement(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MACHINE", "panic")
    monkeypatch.setenv("FAKE_MACHINE_ONLY", "eager")
    assert run_verify(project) == 1
    captured = capsys.readouterr()
    assert "error: eager, fork: the kernel panicked" in captured.err
    assert "cow-reuse: 3 benchmarks are the same" in captured.out


def test_what_cannot_be_verified(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for arguments, message in (
        ((f"OUT={project / 'results'}",), "holds what is to be verified"),
        ((f"RESULTS={tmp_path / 'empty'}",), "holds no results yet: run make bench"),
    ):
        assert run_verify(project, *arguments) in (1, 2)
        assert message in capsys.readouterr().err
    (project / "results/eager.json").unlink()
    assert run_verify(project, "VARIANT=eager") == 1
    assert "holds no results of eager: run make bench VARIANT=eager" in capsys.readouterr().err
    assert started(project) == []


@pytest.mark.parametrize("variant", variants_under_test())
def test_our_own_results_hold(
    variant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part of `make verify`: what is in results/ is what these kernels measure."""
    file = ROOT / "results" / f"{variant}.json"
    if not file.exists():
        pytest.skip(f"no results of {variant} to verify")
    flags = json.loads(file.read_text())["context"]["flags"]
    words = [f"VARIANT={variant}", "BENCH=null,fork,exec_only,write_last", f"OUT={tmp_path}"]
    status = commands.main(["verify", *words], usual_layout=True, flags=flags)
    assert status == 0, capsys.readouterr().out
