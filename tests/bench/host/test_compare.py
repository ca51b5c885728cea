"""make compare: which results, which rows, what is said about them, and the exit status."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench.host.analysis.comparison import Comparison, Row, Side, compare
from bench.host.display import comparison as comparison_tables
from bench.host.display import comparison_words as words
from bench.host.errors import BenchError
from bench.host.measured import Results
from bench.host.running.machine import ROOT
from bench.host.stored.results import store
from tests.bench.host.support import a_result, make, typed

EAGER: dict[str, Any] = {
    "null": 111,
    "fork/pages:0": 6500,
    "fork/pages:1024": 1142333,
    "fork/pages:4096": 4549883,
    "fork/pages:4096/layout:1": 4549990,
    "write_copy/pages:4096": 3,
    "memory/pages:4096": 1,
    "fork_touch/pages:1024/percent:0": 1180000,
    "fork_touch/pages:1024/percent:100": 1185000,
}
COW: dict[str, Any] = {
    "null": 111,
    "fork/pages:0": 1080,
    "fork/pages:1024": 19840,
    "fork/pages:4096": 76120,
    "fork/pages:4096/layout:1": 76120,
    "write_copy/pages:4096": 1349,
    "memory/pages:4096": 1,
    "fork_touch/pages:1024/percent:0": 35000,
    "fork_touch/pages:1024/percent:100": 1435000,
}
EAGER_VALUES = {"memory/pages:4096": {"frames_fork": 4112, "metadata_bytes_peak": 0, "exits": 1}}
COW_VALUES = {"memory/pages:4096": {"frames_fork": 11, "metadata_bytes_peak": 524288, "exits": 9}}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with results of three variants, which is the current folder too."""
    folder = tmp_path / "results"
    store(folder, a_result("eager", EAGER, EAGER_VALUES))
    store(folder, a_result("cow-array", COW, COW_VALUES))
    store(folder, a_result("cow-reuse", COW | {"write_copy/pages:4096": 1372}, COW_VALUES))
    (tmp_path / "variants/my-idea").mkdir(parents=True)
    (tmp_path / "variants/my-idea/variant.h").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(root: Path, *arguments: str) -> int:
    return typed(root, "compare", *arguments)


def a_pair(
    before: dict[str, Any], after: dict[str, Any], values: Any = (None, None), **context: Any
) -> Comparison:
    sides = a_result("eager", before, values[0]), a_result("cow", after, values[1], **context)
    return compare(Side("eager", sides[0]), [Side("cow", sides[1])])[0]


def rows(comparison: Comparison) -> dict[str, Row]:
    return {f"{row.benchmark} {row.quantity}": row for row in comparison.rows}


def test_all_variants_stand_beside_the_baseline(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root) == 0
    out = capsys.readouterr().out
    assert out.startswith("all compared with eager: exact clock, 1 hart, 512M of memory\n")
    heading = next(line for line in out.splitlines() if line.startswith(" benchmark"))
    assert re.findall(r"eager|cow-\w+", heading.replace("than eager", "")) == [
        "eager",
        "cow-array",
        "cow-reuse",
    ]
    line = next(line for line in out.splitlines() if line.startswith(" fork/pages:4096 "))
    assert (
        line.split()
        == (
            "fork/pages:4096 instructions per operation 4,549,883 76,120 59.8× fewer 76,120 59.8× fewer"
        ).split()
    )
    assert "layout" not in out.partition("Notes")[0]
    for sentence in (
        "fork of 16 MiB: 59.8 times fewer instructions, frames 0.27 %",
        "write to a shared page: 450 times more instructions",
        "fork costs 6,500 + 1,109.2 per page (eager) and 1,080 + 18.3 per page (cow-array), in instr",
        "cow-array costs more than eager when the child writes more than 82.1 % of a heap of 1,024",
    ):
        assert f"\n  {sentence}" in out
    assert "faster" not in out and "slower" not in out  # instructions are not time


def test_two_variants(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "A=cow-array", "B=cow-reuse") == 0
    out = capsys.readouterr().out
    assert out.startswith("cow-reuse compared with cow-array: exact clock")
    assert re.search(r"write_copy/pages:4096 +instructions.* 1,349 +1,372 +1.7 % more\n", out)
    assert re.search(r"\n fork/pages:4096 .* same\n", out)
    assert "eager" not in out  # and so no break-even point


def test_the_break_even_point_does_not_depend_on_the_order(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "A=cow-array", "B=eager") == 0
    out = capsys.readouterr().out
    assert "cow-array costs more than eager when the child writes more than 82.1 %" in out
    assert "fork of 16 MiB: 59.8 times more instructions, 374 times more frames" in out


def test_files_and_variants_mixed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(root / "results/cow-array.json", root / "old.json")
    assert run(root, "A=old.json", "B=cow-reuse") == 0
    assert capsys.readouterr().out.startswith("cow-reuse compared with old.json: ")
    assert run(root, "A=./old.json", "B=results/eager.json") == 0
    assert capsys.readouterr().out.startswith("results/eager.json compared with ./old.json: ")


def test_rows_in_the_order_of_the_first(root: Path) -> None:
    found = a_pair({"b": 1, "a": 1, "c": 1}, {"c": 1, "a": 1, "b": 1})
    assert [row.benchmark for row in found.rows] == ["b", "a", "c"]


def test_what_is_missing_on_a_side_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(root / "results", a_result("cow-array", {"null": 111, "new": 1, "newer": 2}))
    assert run(root, "A=eager", "B=cow-array") == 0
    out = capsys.readouterr().out
    names = "fork (3), write_copy/pages:4096, memory/pages:4096, fork_touch (2)"
    assert f"\n  only in eager: {names}\n" in out
    assert "\n  only in cow-array: new, newer\n" in out
    assert run(root, "A=eager", "B=cow-array", "FORMAT=csv") == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["benchmark"] for row in found if row["compared"] == "only in cow-array"] == [
        "new",
        "newer",
    ]
    assert sum(row["compared"] == "only in eager" for row in found) == 7
    assert run(root) == 0  # beside the others: a dash
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith(" fork/pages:0 "))
    assert line.split()[4:] == ["6,500", "–", "1,080", "6.02×", "fewer"]


def test_lazy_has_a_folder_of_its_own(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, cost in (("eager", 8), ("cow-array", 2)):
        store(root / "results/lazy", a_result(name, {"null": cost}, heap="lazy"))
    assert run(root, "LAZY=1", "FORMAT=csv") == 0
    assert ",8.0,2.0," in capsys.readouterr().out


def test_a_selection(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "BENCH=fork*,null", "FORMAT=csv") == 0
    found = {row["benchmark"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert found == {
        "null",
        "fork/pages:0",
        "fork/pages:1024",
        "fork/pages:4096",
        "fork_touch/pages:1024/percent:0",
        "fork_touch/pages:1024/percent:100",
    }
    assert run(root, "BENCH=fork", "FORMAT=csv") == 0  # a family
    assert capsys.readouterr().out.count("\n") == 1 + 2 * 3
    for patterns in ("frok*", "fork,frok*"):
        assert run(root, f"BENCH={patterns}") == 1
        assert "has a benchmark that fits 'frok*'" in capsys.readouterr().err


def test_values_that_say_better_or_worse_are_rows() -> None:
    before = {"frames_peak": 10, "children": 10, "faults_copy": 1, "frames_free": 7, "frames_0": 1}
    after = {"frames_peak": 12, "children": 8, "faults_copy": 99, "frames_free": 1, "frames_0": 9}
    found = rows(a_pair({"x": 1}, {"x": 1}, ({"x": before}, {"x": after})))
    assert list(found) == ["x time", "x frames_peak", "x children"]
    assert found["x frames_peak"].worse == pytest.approx(0.2)
    assert found["x children"].worse == pytest.approx(0.2)  # fewer that fit
    assert found["x frames_peak"].unit == "frames"


def test_metadata_has_a_row_where_memory_is_measured() -> None:
    values = {name: {"metadata_bytes_peak": 5} for name in ("x", "fork_wide/children:4")}
    times = dict.fromkeys(values, 1)
    found = rows(a_pair(times, times, (values, values)))
    assert list(found) == [
        "x time",
        "fork_wide/children:4 time",
        "fork_wide/children:4 metadata_bytes_peak",
    ]


@pytest.mark.parametrize(
    "width, tables, units", [(200, 1, True), (110, 2, True), (90, 2, False), (40, 2, False)]
)
def test_tables_fit_the_terminal(width: int, tables: int, units: bool) -> None:
    """All beside the base where the line is long enough, else pair by pair, else without units."""
    base, *others = (
        Side(name, a_result(name, {"fork_touch/pages:16384/percent:100": cost}))
        for name, cost in (("eager", 18180083), ("cow-array", 301240), ("cow-reuse", 301240))
    )
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, no_color=True)
    comparison_tables.show(console, compare(base, others))
    lines = [line for line in out.getvalue().splitlines() if "fork_touch/" in line]
    assert len(lines) == tables
    assert all(("instructions per" in line) == units for line in lines)
    assert all(len(line) <= width for line in lines)
    if width > 40:
        assert all("18,180,083" in line and "60.4× fewer" in line for line in lines)
        assert out.getvalue().count("instructions per operation") == tables  # in a line above, else


def on_a_terminal(comparisons: list[Comparison], width: int, brief: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, no_color=True)
    comparison_tables.show(console, comparisons, brief=brief)
    return re.sub("\x1b\\[[0-9;]*m", "", out.getvalue())


@pytest.mark.parametrize("width", (200, 80))
def test_one_benchmark_of_each_family_fits_a_screen(width: int) -> None:
    before = dict.fromkeys(
        ("null", "fork/pages:0", "fork/pages:4096", "fork/pages:16384", "prefork/workers:1"), 1
    )
    values = {"prefork/workers:1": {"frames_per_worker": 1, "frames_shared_saved": 1}}
    found = a_pair(before, before, (values, values))
    shown = on_a_terminal([found], width, brief=True)
    table = shown.partition("cow, compared with")[0]
    names = [line.split()[0] for line in table.splitlines() if re.search("same *$", line)]
    assert names == ["null", "fork/pages:4096", "prefork/workers:1", "frames_per_worker"]
    assert "\n fork/pages:4096" in table and table.count("instructions per operation") >= 1
    assert "all of them: BENCH='*'" in shown
    whole = on_a_terminal([found], width, brief=False)
    assert "fork/pages:16384" in whole and "frames_shared_saved" in whole
    assert "BENCH='*'" not in whole


@pytest.mark.parametrize(
    "before, after, said",
    [
        (4549883, 76120, "59.8× fewer"),
        (100, 41.5, "2.41× fewer"),
        (3, 1349, "450× more"),
        (1000, 1017, "1.7 % more"),
        (1000, 990, "1 % fewer"),
        (5, 5, "same"),
        (1000000, 1000001, "0.0001 % more"),
        (0, 8, "from 0"),
        (8, 0, "to 0"),
    ],
)
def test_words(before: float, after: float, said: str) -> None:
    assert words.compared(Row("x", "time", "instructions per fork", before, after)) == said


def test_sentences_of_both_directions() -> None:
    fewer = {"frames_fork": 11}, {"children": 1175}
    more = {"frames_fork": 4112}, {"children": 3}
    names = "memory/pages:4096", "capacity/pages:4096"
    times = {"fork/pages:4096": 8} | dict.fromkeys(names, 1)
    cow, eager = dict(zip(names, fewer)), dict(zip(names, more))
    said = words.sentences(a_pair(times, times, (eager, cow)))
    assert said[0] == "fork of 16 MiB: as many instructions, frames 0.27 %"
    assert "capacity, children that fit (pages 4096): 392 times more children (3 and 1,175)" in said
    said = words.sentences(a_pair(times, times, (cow, eager)))
    assert said[0] == "fork of 16 MiB: as many instructions, 374 times more frames"
    assert (
        "capacity, children that fit (pages 4096): 392 times fewer children (1,175 and 3)" in said
    )


def test_nothing_to_say_has_no_heading() -> None:
    shown = comparison_tables.text([a_pair({"x": 1}, {"x": 2})])
    assert "cow, compared with" not in shown and "\nNotes\n" in shown


def test_a_difference_smaller_than_that_of_layouts_is_marked() -> None:
    before = {"x": 1000, "y": 1000, "x/layout:1": 1010, "y/layout:1": 1000}
    after = {"x": 1010, "y": 1010, "x/layout:1": 1010, "y/layout:1": 1010}
    found = a_pair(before, after)
    assert words.compared(rows(found)["x time"]) == "1 % more *"
    assert words.compared(rows(found)["y time"]) == "1 % more"
    assert "\n  * less than the spread over layouts" in comparison_tables.text([found])


def test_markdown(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["A=eager", "B=cow-array", "BENCH=fork,memory"]
    assert run(root, *arguments, "FORMAT=markdown") == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "**cow-array compared with eager: exact clock, 1 hart, 512M of memory**\n\n"
    )
    assert (
        "\n\n| benchmark | unit | eager | cow-array | than eager |\n|---|---|--:|--:|--:|\n| fork"
        in out
    )
    assert (
        "| fork/pages:4096 | instructions per operation | 4,549,883 | 76,120 | 59.8× fewer |\n"
        in out
    )
    assert "| memory/pages:4096 frames_fork | frames | 4,112 | 11 | 374× fewer |\n" in out
    assert "\n- fork of 16 MiB: 59.8 times fewer instructions, frames 0.27 %\n" in out


def test_csv(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "FORMAT=csv") == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {(row["base"], row["other"]) for row in found} == {
        ("eager", "cow-array"),
        ("eager", "cow-reuse"),
    }
    row = next(row for row in found if row["benchmark"] == "fork/pages:4096")
    assert float(row["base_value"]) == 4549883 and float(row["other_value"]) == 76120
    assert float(row["ratio"]) == pytest.approx(76120 / 4549883)
    assert (row["quantity"], row["unit"]) == ("time", "instructions per operation")


@pytest.mark.parametrize("form", ["terminal", "markdown", "csv"])
def test_into_a_file(root: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, f"FORMAT={form}") == 0
    expected = capsys.readouterr().out
    assert run(root, f"FORMAT={form}", "OUT=out.txt") == 0
    assert capsys.readouterr().out == "out.txt: written\n"
    assert (root / "out.txt").read_text() == expected
    assert run(root, f"FORMAT={form}", "OUT=nowhere/out.txt") == 1
    assert "nowhere/out.txt: there is no folder nowhere to write it into" in capsys.readouterr().err
    assert run(root, "OUT=results") == 1
    assert "results is a folder" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["terminal", "markdown", "csv"])
def test_a_comparison_replaces_a_comparison_only(
    root: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run(root, f"FORMAT={form}", "OUT=out.txt") == 0
    (root / "mine.md").write_text("# My report\nA compared with B\n")
    assert run(root, f"FORMAT={form}", "OUT=mine.md") == 1
    assert "mine.md holds no comparison, and what is in it would be lost" in capsys.readouterr().err
    assert (root / "mine.md").read_text().startswith("# My report")


def test_a_comparison_replaces_neither_results_nor_devices(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in (root / "results").iterdir()}
    for out in ("results/eager.json", "results/eager.csv"):
        assert run(root, "FORMAT=csv", f"OUT={out}") == 1
        assert f"{out} would replace results (results/eager.json)" in capsys.readouterr().err
    os.mkfifo(root / "pipe")
    assert run(root, "OUT=pipe") == 1
    assert "pipe is a device or a pipe, which no file can replace" in capsys.readouterr().err
    assert (root / "pipe").is_fifo()
    assert {path: path.read_bytes() for path in (root / "results").iterdir()} == before


def test_status_when_something_got_worse(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slower = COW | {"null": 120, "fork/pages:0": 1100}
    more = {"memory/pages:4096": {"frames_fork": 13, "metadata_bytes_peak": 500000, "exits": 99}}
    store(root, a_result("cow-array", slower, more))
    arguments = ["A=results/cow-array.json", "B=cow-array.json"]
    assert run(root, *arguments) == 0
    assert capsys.readouterr().err == ""
    assert run(root, *arguments, "FAIL_ABOVE=5%") == 3
    out, err = capsys.readouterr()
    assert "cow-array.json is worse than results/cow-array.json by more than 5% in 2 of 10" in err
    assert "\n    null (time, instructions per operation): 111 -> 120, worse by 8.11%\n" in err
    assert "\n    memory/pages:4096 (frames_fork, frames): 11 -> 13, worse by 18.18%\n" in err
    assert "fork/pages:0" not in err and "fork/pages:0" in out
    assert run(root, *arguments, "FAIL_ABOVE=1.5%") == 3
    assert "fork/pages:0" in capsys.readouterr().err
    assert run(root, *arguments, "FAIL_ABOVE=20%") == 0
    assert "nothing is worse by more than 20%" in capsys.readouterr().err
    assert run(root, *reversed_sides(arguments), "FAIL_ABOVE=4%") == 3  # metadata grows
    assert "metadata_bytes_peak" in capsys.readouterr().err


def test_what_is_gone_fails(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A benchmark or a value that is lost is not seen in the rows."""
    fewer = {name: time for name, time in COW.items() if not name.startswith("fork/")}
    values = {"memory/pages:4096": {"metadata_bytes_peak": 5}}
    store(root, a_result("cow-array", fewer, values))
    arguments = ["A=results/cow-array.json", "B=cow-array.json"]
    assert run(root, *arguments) == 0
    assert run(root, *arguments, "FAIL_ABOVE=5%") == 3
    err = capsys.readouterr().err
    assert "nothing is worse by more than 5%" in err
    names = [*(f"fork/pages:{n}" for n in (0, 1024, 4096)), "memory/pages:4096 (frames_fork)"]
    assert (
        f"compare: cow-array.json lacks {', '.join(names)}, which results/cow-array.json has" in err
    )
    # What was not asked for is not missed, and what is new is none the worse for it.
    assert run(root, *arguments, "BENCH=null", "FAIL_ABOVE=5%") == 0
    assert run(root, *reversed_sides(arguments), "BENCH=null,fork", "FAIL_ABOVE=5%") == 0


def test_a_benchmark_that_has_no_time_any_more_lacks_it() -> None:
    base, other = (a_result(variant, {"x": 1, "y": 1}) for variant in ("eager", "cow"))
    other.benchmarks["x"] = replace(other.benchmarks["x"], timed=False)
    assert compare(Side("eager", base), [Side("cow", other)])[0].gone == ["x (time)"]


def reversed_sides(arguments: list[str]) -> list[str]:
    return [arguments[1].replace("B=", "A="), arguments[0].replace("A=", "B=")]


def test_something_from_nothing_is_worse(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "A=eager", "B=cow-array", "FAIL_ABOVE=5%") == 3
    err = capsys.readouterr().err
    assert "(metadata_bytes_peak, bytes): 0 -> 524,288, worse by from nothing" not in err
    assert "(metadata_bytes_peak, bytes): 0 -> 524,288, from nothing" in err
    assert f"{524288:,}" in err  # all digits


@pytest.mark.parametrize("text", ["abc", "-5%", "5", "%", "5%%", "nan%", "1e3%", "5 percent"])
def test_a_limit_that_is_none(root: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, f"FAIL_ABOVE={text}") == 2
    message = f"FAIL_ABOVE={text} is not a percentage such as 5% or 0.5%"
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("A=eager", "A=eager, but no B: say both, such as A=eager B=cow-reuse, or neither"),
        ("B=eager", "B=eager, but no A: say both"),
        ("A=eager B=eager", "A and B are the same, .*results/eager.json: there is nothing"),
        ("A=eager B=./results/eager.json", "A and B are the same"),
        ("A=eagre B=eager", "no variant 'eagre', .* results of: eager, cow-array, cow-reuse"),
        ("A=eager B=old.json", "there is no file old.json"),
        ("A=eager B=results/x", "there is no file results/x"),
        ("A=eager B=results", "results is a folder; give a variant, or a result file"),
        ("A=eager B=my-idea", "no results of my-idea in .*: make bench VARIANT=my-idea"),
    ],
)
def test_sides_that_are_none(
    root: Path, arguments: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, *arguments.split()) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("compare: error: ")
    assert re.search(message, err)


def test_without_results_or_baseline(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("cow-array", "cow-reuse"):
        (root / f"results/{name}.json").unlink()
    assert run(root) == 1
    assert "there are results of eager only: make bench adds the others" in capsys.readouterr().err
    assert run(root, "LAZY=1") == 1
    assert "holds no results yet: run make bench LAZY=1" in capsys.readouterr().err
    (root / "results/eager.json").unlink()
    assert run(root) == 1
    assert "holds no results yet: run make bench" in capsys.readouterr().err
    store(root / "results", a_result("cow-array", COW))
    assert run(root) == 1
    assert "no results of eager to compare with" in capsys.readouterr().err


def test_broken_files_are_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "results/cow-array.json"
    path.write_text(path.read_text().replace("76120", "7612", 1))
    sides: list[list[str]] = [[], ["A=eager", "B=cow-array"], ["A=eager", f"B={path}"]]
    for arguments in sides:
        assert run(root, *arguments, "OUT=out.txt") == 1
        out, err = capsys.readouterr()
        assert out == "" and "results/cow-array.json: was changed after" in err
        assert not (root / "out.txt").exists()
    path.write_text(path.read_text()[:1000])
    assert run(root, "A=eager", "B=cow-array") == 1
    assert "results/cow-array.json: is truncated" in capsys.readouterr().err


@pytest.mark.parametrize(
    "context, words_",
    [
        ({"memory": "256M"}, "memory 512M and 256M"),
        ({"compiler": "gcc 1"}, "compiler gcc 0 and gcc 1"),
        ({"flags": "-O3"}, "flags -O2 and -O3"),
        ({"harts": 2}, "harts 1 and 2"),
    ],
)
def test_other_machines_are_refused(
    root: Path, context: dict[str, Any], words_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store(root, a_result("cow-array", COW, COW_VALUES, **context))
    assert run(root, "A=eager", "B=cow-array.json") == 1
    expected = f"eager and cow-array.json were not measured alike: {words_}"
    assert expected in capsys.readouterr().err


def test_lazy_heaps_and_parts_may_be_compared() -> None:
    """How a heap gets its pages is a decision like a variant's; which benchmarks were asked for is
    seen in the rows. Both are said."""
    lazy = {"heap": "lazy", "flags": "-O2 -DLAZY_HEAP", "arguments": ["bench=null"]}
    found = a_pair(EAGER, {"null": 111}, **lazy)
    assert found.notes == [
        "eager and cow differ: arguments none and bench=null",
        "eager and cow differ: heap eager and lazy",
    ]
    with pytest.raises(BenchError, match="flags -O2 and -O3"):
        a_pair(EAGER, {"null": 111}, heap="lazy", flags="-O3 -DLAZY_HEAP")


def test_other_images_are_said() -> None:
    found = a_pair({"x": 1}, {"x": 1}, images={"bench.img": "sha256:" + "7" * 64})
    assert found.notes == ["eager and cow were not measured with the same bench.img"]


def test_the_words_of_make(tmp_path: Path) -> None:
    done = make(
        "compare",
        "A=eager",
        "B=cow-reuse",
        "BENCH=null",
        "FORMAT=csv",
        f"OUT={tmp_path}/x",
        "FAIL_ABOVE=5%",
    )
    assert done.returncode == 0, done.stderr
    assert (
        (tmp_path / "x").read_text().splitlines()[1].startswith("null,time,instructions per call,")
    )
    assert "nothing is worse by more than 5%" in done.stderr
    failed = make("compare", "A=eager", "B=cow-reuse", "BENCH=write_copy", "FAIL_ABOVE=5%")
    assert (
        failed.returncode != 0 and "cow-reuse is worse than eager by more than 5%" in failed.stderr
    )
    assert "A=eager, but no B" in make("compare", "A=eager").stderr
    assert "FAIL_ABOVE=x y; is not a percentage" in make("compare", "FAIL_ABOVE=x y;").stderr


def test_the_readme_shows_what_comes_out() -> None:
    shown = re.search(r"\$ make compare (.*)\n((?:.*\n)*?)```", (ROOT / "README.md").read_text())
    assert shown
    done = make("compare", *shown[1].split())
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown[2]
