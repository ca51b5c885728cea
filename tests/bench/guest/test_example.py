"""docs/adding-a-benchmark.md: the file that it shows is built and run as it stands there, and what
the page says of its numbers is so."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bench.host.benchmarks import initializer
from bench.host.measured import Results
from bench.host.plots import plot
from bench.host.running.machine import ROOT
from bench.host.stored.check import load_named
from tests.guest.guest_machine import any_variant, first_variants
from tests.pages.pages import example_benchmark
from tests.support.copies import copy_project
from tools.commands import main

OBJECTS = ("user", "tools", "bench-root", "stripped")  # all but the new file's


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with one file more, and with its disk built."""
    built = (*OBJECTS, *first_variants())
    root = copy_project(tmp_path_factory.mktemp("example") / "project", built=built)
    path, text = example_benchmark()
    (root / path).write_text(text)
    command = ["make", "build/bench.img"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def run(root: Path, variant: str, folder: Path, *words: str) -> Results:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plot, "draw", lambda folder, results: plot.Drawn())
        words = (f"VARIANT={variant}", f"OUT={folder}", "BENCH=fork_again", *words)
        assert main(["bench", *words], root=root) == 0
    return load_named(folder / f"{variant}.json")


@pytest.mark.parametrize("variant", first_variants())
def test_the_example_measures_what_the_page_says(
    project: Path, variant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = run(project, variant, tmp_path)
    assert list(results.benchmarks) == [
        f"fork_again/pages:{pages}/others:{others}" for pages in (256, 1024) for others in (0, 1, 8)
    ]
    output = capsys.readouterr().out
    assert "fork_again/pages:1024/others:8" in output and "frames_fork" in output
    limited = variant.startswith("cow-")
    # The rows of real time below it depend on what else the host does.
    rows = [line.split() for line in output.splitlines() if "fork, 8 children share" in line]
    assert [row[-1] for row in rows] == ["ok"] * limited
    for name, summary in results.benchmarks.items():
        assert summary.value("forks") == 1
        assert summary.value("faults_copy") == summary.value("switches") == 0
        assert summary.time("min") == summary.time("max"), name
        assert summary.repetitions == 5

    def per_page(others: int) -> float:
        small, large = (
            results.time(f"fork_again/pages:{pages}/others:{others}") for pages in (256, 1024)
        )
        assert small is not None and large is not None
        return (large - small) / 768

    same = per_page(0) == per_page(1) == per_page(8)
    assert same == (variant != "cow-hash")


def test_its_parameters_can_be_chosen(project: Path, tmp_path: Path) -> None:
    words = ("PAGES=16", "PARAMS=others=0,2", "REPEAT=2")
    results = run(project, any_variant(), tmp_path, *words)
    assert list(results.benchmarks) == [f"fork_again/pages:16/others:{n}" for n in (0, 2)]
    assert {summary.repetitions for summary in results.benchmarks.values()} == {2}


def test_the_pages_take_it_without_an_edit(project: Path) -> None:
    assert {"en", "zh"} == set(initializer(project / "bench/guest/fork_again.c")["title"])
    (project / "results").symlink_to(ROOT / "results")
    shutil.copytree(ROOT / "docs", project / "docs", dirs_exist_ok=True)
    assert main(["readme"], root=project) == 0
    for name in ("benchmarks.md", "benchmarks.zh.md"):
        assert (project / "docs" / name).read_text().count(
            "\n| `fork_again/pages:P/others:N` |"
        ) == 2
