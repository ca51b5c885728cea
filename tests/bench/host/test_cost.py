"""make cost: estimates from stored events, and what it refuses."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from bench.host.cores import CORES, PARTS, load
from bench.host.stored.results import store
from tests.bench.host.support import figure_results, make_project, run_bench, typed

VARIANTS = ("eager", "cow-reuse")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_project(tmp_path_factory.mktemp("cost") / "project", (*VARIANTS, "cow-hash"))
    for variant in VARIANTS:
        store(root / "results", figure_results(variant))
    return root


def test_a_line_for_each_benchmark_and_variant(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(project, "cost", "FORMAT=csv", "BENCH=fork,write_copy/pages:4096") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    names = [f"fork/pages:{n}" for n in (0, 256, 1024, 4096, 16384)] + ["write_copy/pages:4096"]
    assert [(r["benchmark"], r["variant"]) for r in rows] == [
        (name, variant) for name in names for variant in VARIANTS
    ]
    costs = load("u74").cycles
    for row in rows:
        instructions = float(row["instructions"])
        parts = [float(row[f"cycles_{part}"]) for part in PARTS[1:]]
        whole = instructions * costs.instruction + sum(parts)
        assert float(row["cycles"]) == pytest.approx(whole, abs=0.01)


def test_table_and_markdown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(project, "cost", "VARIANT=eager", "CORE=rocket") == 0
    table = capsys.readouterr().out
    assert "Estimates for" in table and "never the cycles of a board" in table
    assert "fork/pages:4096" in table and "cow-reuse" not in table
    assert typed(project, "cost", "FORMAT=markdown") == 0
    assert "| fork/pages:0 | eager |" in capsys.readouterr().out


def test_own_core_with_a_known_geometry_needs_no_run(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (CORES / "u74.toml").read_text()
    mine = tmp_path / "mine.toml"
    mine.write_text(
        text.replace('name = "u74"', 'name = "mine"').replace("trap = 10.0", "trap = 99.0")
    )
    assert typed(project, "cost", f"CORE={mine}", "BENCH=null*,fork/pages:0", "FORMAT=csv") == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert {row["cycles_traps"] for row in rows} == {"99.0"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["CORE=u75"],
            "there is no core 'u75' in bench/cores/; those that exist: c910, rocket, u74",
        ),
        (["CORE=./none.toml"], "cannot read the core none.toml"),
        (["VARIANT=cow-hash"], "no results of cow-hash: run make bench VARIANT=cow-hash PROBE=1"),
        (["BENCH=memory"], "BENCH=memory selects no benchmark that is timed"),
    ],
)
def test_what_is_refused(
    project: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(project, "cost", *words) != 0
    assert message in capsys.readouterr().err


def test_a_qemu_without_the_probe_measures_as_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_project(tmp_path / "project", ("eager",))
    assert run_bench(root, "VARIANT=eager", "BENCH=fork", "PROBE=1", f"OUT={root}/out") == 0
    out = capsys.readouterr().out
    assert "does not take the probe, so there are no events" in out and "QEMU 4.2 to 8.x" in out
    assert '"events"' not in (root / "out/eager.json").read_text()
