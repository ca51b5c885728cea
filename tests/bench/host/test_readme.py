"""Budgets, numbers as text, and the generated parts of README.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.host.analysis import budget
from bench.host.benchmarks import load
from bench.host.errors import BenchError
from bench.host.measured import Results
from bench.host.report import readme
from bench.host.report.texts import Texts
from bench.host.running.machine import ROOT
from bench.host.text import number, printable, ratio
from tests.bench.host.support import benchmark, sample, with_benchmarks

BENCHMARKS = load(ROOT)
CONTEXT: dict[str, Any] = dict.fromkeys(("qemu", "firmware", "compiler", "memory"), "x")


def results(variant: str, **times: float) -> Results:
    """Medians by family_pages, such as fork_4096."""
    summaries = {}
    for key, time in times.items():
        family, _, pages = key.rpartition("_")
        name = f"{family}/pages:{pages}" if family else key
        summaries[name] = benchmark(name, [sample(time, {"metadata_bytes": 4096})])
    return Results(variant, CONTEXT, summaries)


def rows_of(pool: dict[str, Results], only: set[str] | None = None) -> list[budget.Row]:
    return budget.rows(pool, BENCHMARKS, only)


def known(pool: dict[str, Results]) -> readme.Known:
    return readme.Known(Texts("en"), pool, BENCHMARKS)


def find(rows: list[budget.Row], what: str, variant: str) -> budget.Row:
    return next(row for row in rows if (row.what.en, row.variant) == (what, variant))


def test_budget_is_kept_up_to_its_limit() -> None:
    for time, kept in ((94, True), (95, True), (96, False)):
        row = find(rows_of({"v": results("v", null=time)}), "null system call", "v")
        assert (row.measured, row.limit.at_most, row.kept) == (time, 95, kept)


def test_cost_per_page_is_a_difference() -> None:
    pool = {"eager": results("eager", fork_0=5000, fork_4096=5000 + 4096 * 1100)}
    assert find(rows_of(pool), "fork, per resident page", "eager").measured == 1100


def test_ratio_has_a_direction() -> None:
    pool = {
        "eager": results("eager", fork_4096=4000),
        "cow-array": results("cow-array", fork_4096=100, write_last_4096=1400),
        "cow-hash": results("cow-hash", fork_4096=260),
        "cow-reuse": results("cow-reuse", write_last_4096=200),
    }
    rows = rows_of(pool)
    assert find(rows, "fork, 4,096 pages", "eager / cow-array").kept  # 40
    assert not find(rows, "fork, 4,096 pages", "cow-hash / cow-array").kept  # 2.6
    assert find(rows, "write by the last owner, 4,096 pages", "cow-array / cow-reuse").kept  # 7
    pool["eager"] = results("eager", fork_4096=3999)
    assert not find(rows_of(pool), "fork, 4,096 pages", "eager / cow-array").kept
    assert {row.variant for row in rows_of(pool, {"cow-hash"}) if "/" in row.variant} == {
        "cow-hash / cow-array"
    }


def test_metadata_is_of_unshared_pages() -> None:
    rows = rows_of({"cow-hash": results("cow-hash", write_last_4096=100)})
    row = find(rows, "reference metadata of an unshared page", "cow-hash")
    assert row.measured == 1 and not row.kept


def test_a_tighter_budget_takes_the_place_of_the_general_one() -> None:
    pool = {name: results(name, fork_0=951) for name in ("cow-array", "cow-hash")}
    limits = {
        row.variant: row.limit.at_most
        for row in rows_of(pool)
        if row.what.en == "fork, tiny process"
    }
    assert limits == {"cow-array": 950, "cow-hash": 4_000}
    assert len([row for row in rows_of(pool) if row.what.en == "fork, tiny process"]) == 2


def test_budgets_hold_for_new_variants_of_the_kind() -> None:
    rows = rows_of({"cow-my-idea": results("cow-my-idea", fork_0=4001)})
    assert not find(rows, "fork, tiny process", "cow-my-idea").kept
    assert rows_of({"other": results("other", fork_0=4001)}) == []


@pytest.mark.parametrize(
    "value, text",
    [(None, "–"), (0, "0"), (120, "120"), (1234567, "1,234,567"), (3.004, "3.00")]
    + [(170.02, "170.0"), (1421.6, "1,422"), (18.375, "18.38")],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    "value, base, text",
    [(100, 4000, "40.0× fewer"), (100, 100.4, "same"), (200, 100, "2.00× more")]
    + [(107, 100, "7 % more")]
    + [(1, 500, "500× fewer"), (None, 1, "–"), (0, 1, "–"), (1, None, "–")],
)
def test_ratios_are_words_about_instructions(
    value: float | None, base: float | None, text: str
) -> None:
    assert ratio(value, base) == text


def test_printable_takes_out_what_moves_the_cursor() -> None:
    assert printable("a\x1b[2Jb\tc") == "a\ufffd[2Jb\ufffdc"


def part(name: str) -> str:
    return f"<!-- generated: {name} -->\nold\n<!-- end of {name} -->\n"


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    text = "before\n" + part("budgets") + "between\n" + part("summary") + "after\n"
    with_benchmarks(tmp_path)
    (tmp_path / "README.md").write_text(text)
    pool = {"eager": results("eager", null=90)}
    assert readme.update(tmp_path, pool)
    new = (tmp_path / "README.md").read_text()
    assert new.startswith("before\n<!-- generated: budgets -->\n")
    assert "<!-- end of budgets -->\nbetween\n<!-- generated: summary -->\n" in new
    assert new.endswith("<!-- end of summary -->\nafter\n")
    assert "old" not in new
    assert "| null system call | eager | 90 | at most 95 | instructions per call | kept |" in new
    assert not readme.update(tmp_path, pool)  # once more changes nothing


def test_without_results_the_parts_say_so() -> None:
    assert "No results yet" in readme.render(part("budgets"), known({}), "README.md")


@pytest.mark.parametrize(
    "text, message",
    [
        ("nothing", "README.md has 0 marks"),
        ("<!-- generated: budgets -->\n", "1 marks .* and 0 of them closed"),
        (part("budgets") + "<!-- generated: summary -->\n", "2 marks .* and 1 of them closed"),
        (
            part("unknown"),
            "asks for 'unknown', but there is only benchmarks, budgets",
        ),
    ],
)
def test_broken_marks_are_an_error(text: str, message: str) -> None:
    with pytest.raises(BenchError, match=message):
        readme.render(text, known({}), "README.md")


def test_our_own_readme_has_all_its_parts() -> None:
    text, budgets = ((ROOT / name).read_text() for name in ("README.md", "docs/benchmarks.md"))
    pool = {
        "eager": results("eager", fork_4096=4100, null=90),
        "cow-a": results("cow-a", fork_4096=100),
    }
    new = readme.render(text, known(pool), "README.md") + readme.render(
        budgets, known(pool), "docs/benchmarks.md"
    )
    for words in ("| instructions for | eager | cow-a |", "41.0× fewer", "| what | variant |"):
        assert words in new
    assert "](results/plots/fork.svg)" in text


def test_chinese_page_has_its_own_generated_parts(tmp_path: Path) -> None:
    with_benchmarks(tmp_path)
    (tmp_path / "README.zh.md").write_text(part("budgets") + part("summary"))
    pool = {
        "eager": results("eager", null=90, fork_0=4000),
        "cow-a": results("cow-a", fork_0=5000),
    }
    assert readme.update(tmp_path, pool) == ["README.zh.md"]
    text = (tmp_path / "README.zh.md").read_text()
    assert "| 空系统调用 | eager | 90 | 不高于 95 | 指令每调用 | 达到 |" in text
    assert "| fork，小进程 | cow-a | 5,000 | 不高于 4,000 | 指令每fork | **未达到** |" in text
    assert "null system call" not in text
