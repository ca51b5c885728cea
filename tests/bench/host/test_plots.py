"""The pictures: each from a table of its own, with the same bytes each time, and what they show is what
the results say."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import combinations
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import pytest

from bench.host import figures as figures_package
from bench.host.cores import names as names_of_cores
from bench.host.errors import BenchError
from bench.host.figures import figures, metadata
from bench.host.languages import LANGUAGES, Text
from bench.host.measured import Results
from bench.host.plots import bars, fonts, gnuplot, plot
from bench.host.plots.figure import Bars, Sweep
from bench.host.plots.table import LeftOut, Table
from bench.host.running.machine import ROOT
from bench.host.stored import results
from tests.bench.host.support import (
    VARIANTS,
    a_result,
    figure_results,
    make_project,
    run_bench,
    typed,
)

SCRIPTS = ROOT / "bench/host/plots"
FIGURES = figures()
SWEEPS = [name for name, figure in FIGURES.items() if isinstance(figure, Sweep)]


@pytest.fixture(scope="module")
def exact() -> dict[str, Results]:
    return {variant: figure_results(variant) for variant in VARIANTS}


@pytest.fixture(scope="module")
def pictures(exact: dict[str, Results], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All figures, in English."""
    folder = tmp_path_factory.mktemp("pictures")
    assert plot.draw(folder, exact).notes == []
    return folder / "plots"


def rows(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.to_csv())))


def test_all_figures_are_drawn_with_their_tables(pictures: Path) -> None:
    names = sorted(f"{name}.{kind}" for name in FIGURES for kind in ("csv", "png", "svg"))
    assert sorted(p.name for p in pictures.iterdir()) == names
    assert all(p.read_bytes()[:4] == b"\x89PNG" for p in pictures.glob("*.png"))
    for name in SWEEPS:
        picture = (pictures / f"{name}.svg").read_text()
        assert FIGURES[name].title.en in picture
        curves = names_of_cores() if name == "latency" else VARIANTS
        assert all(curve in picture for curve in curves)
        assert str(ROOT) not in picture and str(pictures) not in picture


LYING_TEXT = re.compile(
    r'translate\(([0-9.]+),([0-9.]+)\)" stroke="none" fill="[^"]*" font-family="[^"]*" '
    r'font-size="([0-9.]+)"\s+text-anchor="(\w+)">\s*<text>([^<]+)<'
)


# But for snapshot, whose made-up curves lie on each other, with the words beside them.
@pytest.mark.parametrize("name", sorted(set(SWEEPS) - {"snapshot"}))
def test_no_text_lies_on_another(pictures: Path, name: str) -> None:
    """In SVG, where a character is as high as gnuplot thinks, which is not the same as in PNG."""
    boxes = []
    for x, y, size, anchor, text in LYING_TEXT.findall((pictures / f"{name}.svg").read_text()):
        width = 0.5 * float(size) * len(text.strip())
        left = float(x) - {"start": 0, "middle": 0.5, "end": 1}[anchor] * width
        boxes.append((left, left + width, float(y), float(size), text.strip()))
    assert len(boxes) > 10
    for one, other in combinations(boxes, 2):
        beside = one[1] <= other[0] or other[1] <= one[0]
        apart = abs(one[2] - other[2]) >= 0.95 * one[3]
        assert beside or apart, (one[4], other[4])


def test_same_results_give_the_same_bytes(
    exact: dict[str, Results], pictures: Path, tmp_path: Path
) -> None:
    plot.draw(tmp_path, exact)
    drawn = list((tmp_path / "plots").iterdir())
    assert len(drawn) == 3 * 11
    assert [p.name for p in drawn if p.read_bytes() != (pictures / p.name).read_bytes()] == []


def test_tables_hold_the_values_of_the_results(exact: dict[str, Results]) -> None:
    fork = rows(FIGURES["fork"].table(exact))
    assert [r["instructions"] for r in fork if r["variant"] == "cow-hash"] == [
        f"{1000 + 36 * pages}" for pages in (0, 256, 1024, 4096, 16384)
    ]
    assert [r["resident_pages"] for r in fork][:2] == ["5", "261"]
    faults = rows(FIGURES["write_fault"].table(exact))
    assert {r["pages"] for r in faults} == {"4096"}
    assert [r["instructions"] for r in faults] == "3 3 1350 1350 1400 190 1350 190".split()
    snapshot = rows(FIGURES["snapshot"].table(exact))
    assert [r["frames"] for r in snapshot if r["variant"] == "cow-reuse"][:3] == [
        "341",
        "682",
        "1024",
    ]
    kinds = rows(FIGURES["phases"].table(exact))
    copied = [r["instructions"] for r in kinds if r["phase"] == "copy" and r["kind"] == "last"]
    assert copied == ["0", "1046", "0", "0"]


def test_break_even_is_where_the_lines_cross(exact: dict[str, Results]) -> None:
    points = [r for r in rows(FIGURES["fork_touch"].table(exact)) if r["kind"] == "break_even"]
    percents = {r["variant"]: float(r["percent"]) for r in points}
    # Sharing costs 18 (or 36) a page and 1,347 (or 1,397) more for each that is written.
    assert percents == pytest.approx(
        {
            "cow-array": 100 * (1100 - 18) / 1347,
            "cow-hash": 100 * (1100 - 36) / 1397,
            "cow-reuse": 100 * (1100 - 18) / 1347,
        },
        abs=0.02,
    )
    costs = {r["variant"]: float(r["instructions"]) for r in points}
    at = percents["cow-hash"] / 100 * 4096
    assert costs["cow-hash"] == pytest.approx(5000 + 1100 * 4096 + 3 * at, rel=1e-4)


def test_computed_metadata_is_that_of_the_cost_models() -> None:
    assert metadata.array_bytes(512, shared=5) == 524288
    # 8/5 of the frames, rounded up to a power of two; 4 KiB for 512 slots; and the directories.
    for shared, frames in (
        (0, 0),
        (1, 2),
        (320, 2),
        (321, 3),
        (1035, 5),
        (4107, 17),
        (170000, 1026),
    ):
        assert metadata.hash_bytes(512, shared) == 4096 * frames


def test_some_results_give_some_figures_and_say_why(tmp_path: Path) -> None:
    plots, chinese = tmp_path / "results/plots", tmp_path / "build/plots/zh"
    plots.mkdir(parents=True)
    chinese.mkdir(parents=True)
    old = [plots / "memory.svg", plots / "memory.csv", chinese / "memory.png"]
    others = [plots / "mine.svg"]
    for path in old + others:
        path.touch()
    one = a_result("my-idea", {"write_copy/pages:64": 1400, "write_last/pages:64": 200})
    other = a_result("eager", {"write_copy/pages:64": 3})
    drawn = plot.draw(tmp_path / "results", {"eager": other, "my-idea": one}, ["svg"])
    assert [p.name for p in drawn.files] == [
        "write_fault.csv",
        "write_fault.svg",
        "write_fault.png",
    ]
    assert drawn.notes == [
        "figure write_fault: without eager: no results of write_copy and write_last",
        "figures left out: break_even_by_core, cost (no events of the probe: make bench PROBE=1)",
        "figures left out: fork, fork_exec, fork_touch, latency, memory, metadata, phases, snapshot "
        "(no results of their benchmarks)",
    ]
    assert not any(path.exists() for path in old)  # they would be of other results
    assert all(path.exists() for path in others)


def test_no_break_even_without_eager(exact: dict[str, Results], tmp_path: Path) -> None:
    table = FIGURES["fork_touch"].table({"cow-hash": exact["cow-hash"]})
    assert table.notes == ["no break-even without results of eager"]
    assert {r["kind"] for r in rows(table)} == {"measured"}
    drawn = plot.draw(tmp_path, {"cow-hash": exact["cow-hash"]}, ["svg"])
    assert "break-even with" not in (tmp_path / "plots/fork_touch.svg").read_text()
    assert len(drawn.files) == 20


def test_phases_without_the_probe_are_left_out(tmp_path: Path) -> None:
    plain = a_result("eager", {"fault_phases/kind:0": 1080})
    notes = plot.draw(tmp_path, {"eager": plain}).notes
    assert (
        "figures left out: phases (eager was measured without the probe, which tells phases: make bench PROBE=1)"
        in notes
    )


def test_a_variant_without_reference_counts_has_no_figure_of_them(tmp_path: Path) -> None:
    times = {f"metadata/pages:16/memory:{memory}": 0 for memory in (64, 256)}
    values = {name: {"pages_shared": 0, "metadata_bytes": 0} for name in times}
    notes = plot.draw(tmp_path, {"eager": a_result("eager", times, values)}).notes
    assert "figures left out: metadata (eager keeps no reference counts)" in notes


def test_sizes_must_be_those_of_all_variants() -> None:
    measured = {
        "eager": a_result("eager", {"memory/pages:64": 0}),
        "cow-hash": a_result("cow-hash", {"memory/pages:256": 0}),
    }
    with pytest.raises(LeftOut, match="no pages for which all variants were measured"):
        FIGURES["memory"].table(measured)


def drawn_bars(name: str, measured: dict[str, Results]) -> Any:
    figure = FIGURES[name]
    assert isinstance(figure, Bars)
    return bars.plot(figure, figure.table(measured), lambda text: text.en)


def test_bars_show_the_values(exact: dict[str, Results]) -> None:
    figure = drawn_bars("write_fault", exact)
    heights = [patch.get_height() for patch in figure.axes[0].patches]
    assert heights == [3, 3, 1350, 1350, 1400, 190, 1350, 190]
    figure = drawn_bars("phases", exact)
    panels = [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes]
    sharing = ["cow-array", "cow-hash", "cow-reuse"]
    assert panels == [["eager"], sharing, sharing, sharing]
    widths = [patch.get_width() for patch in figure.axes[0].patches]
    assert sum(widths) == 10**6 + 8 * 20
    assert figure.axes[-1].get_xlabel().endswith("no such faults: eager")


def test_a_variant_keeps_its_look(exact: dict[str, Results]) -> None:
    one = drawn_bars("write_fault", {"cow-hash": exact["cow-hash"]})
    everyone = drawn_bars("write_fault", exact)
    look = one.axes[0].patches[0]
    same = everyone.axes[0].patches[4]
    assert (look.get_facecolor(), look.get_hatch()) == (same.get_facecolor(), same.get_hatch())
    styles = gnuplot.Script(FIGURES["fork"], FIGURES["fork"].table(exact), "en").styles  # type: ignore[arg-type]
    assert styles == {"eager": 1, "cow-array": 2, "cow-hash": 3, "cow-reuse": 4}


# A figure is one file.


def test_a_file_more_is_a_figure_more(project: Path, tmp_path: Path) -> None:
    """That of the documentation, in a copy of the host's Python. Nothing else is edited."""
    guide = (ROOT / "docs/pictures.md").read_text()
    (example,) = re.findall(r"^```python\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    for variant in VARIANTS:
        times = {f"fork_wide/children:{count}": 1000 * count for count in (1, 8)}
        results.store(project / "results", a_result(variant, times))
    copy = tmp_path / "copy"
    for folder in ("bench", "tools"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "bench/host/figures/wide.py").write_text(example)
    for words in (["plot"], ["plot", "REPORT_LANG=zh"], ["report"]):
        program = f"from tools.commands import main; from pathlib import Path; exit(main({words}, root=Path({str(project)!r})))"
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    plots = project / "results/plots"
    assert (plots / "wide.png").read_bytes() != (project / "build/plots/zh/wide.png").read_bytes()
    assert "Cost of many children at once" in (plots / "wide.svg").read_text()
    assert (plots / "wide.csv").read_text().startswith("variant,children,instructions\neager,1,")
    report = (project / "REPORT.md").read_text()
    assert (
        "## Further figures" in report
        and "![Instructions of a run against the number of children, for each variant](" in report
    )


@pytest.mark.parametrize(
    "text, message",
    [
        ("FIGURE = 1", "wide.py: FIGURE must be a Sweep or Bars"),
        ("figure = 1", "wide.py is no figure: .* no attribute 'FIGURE'"),
    ],
)
def test_a_file_that_is_no_figure_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    (tmp_path / "wide.py").write_text(text)
    monkeypatch.setattr(figures_package, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "bench.host.figures.wide", raising=False)
    figures.cache_clear()
    try:
        with pytest.raises(BenchError, match=message):
            figures()
    finally:
        figures.cache_clear()
        sys.modules.pop("bench.host.figures.wide", None)


def test_every_figure_has_its_words_in_every_language() -> None:
    def texts(value: object) -> Iterator[Text]:
        """All that a description holds."""
        if isinstance(value, Text):
            yield value
        elif is_dataclass(value):
            for each in fields(value):
                yield from texts(getattr(value, each.name))

    for name, figure in FIGURES.items():
        for text in texts(figure):
            assert all(text), (name, text)
            assert len({tuple(re.findall(r"{\w+}", words)) for words in text}) == 1, (name, text)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'zh'"):
        Text("English alone")  # type: ignore[call-arg]


# The scripts.


def test_scripts_draw_by_themselves(exact: dict[str, Results], tmp_path: Path) -> None:
    """With gnuplot alone, in any folder, after a change by hand."""
    drawn = plot.write_scripts(exact, tmp_path / "scripts")
    assert {path.name for path in drawn.files} == {f"{name}.gp" for name in SWEEPS}
    script = tmp_path / "scripts/fork.gp"
    script.write_text(script.read_text().replace("cow-reuse", "my-idea"))
    for path in drawn.files:
        subprocess.run(["gnuplot", path.name], cwd=path.parent, check=True, timeout=30)
    picture = (tmp_path / "scripts/fork.svg").read_text()
    assert "my-idea" in picture and "cow-array" in picture and "cow-reuse" not in picture


def test_words_do_not_end_a_script() -> None:
    assert gnuplot.quoted('a "b" \\ c\nd') == '"a \\"b\\" \\\\ c\\nd"'


# Chinese.


def test_chinese_pictures_need_no_font(exact: dict[str, Results], tmp_path: Path) -> None:
    drawn = plot.draw(tmp_path / "results", exact, language="zh")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in drawn.files) == sorted(
        [f"results/plots/{name}.csv" for name in FIGURES]
        + [f"build/plots/zh/{name}.{kind}" for name in FIGURES for kind in ("svg", "png")]
    )
    for path in (tmp_path / "build/plots/zh").glob("*.svg"):
        picture = path.read_text()
        assert "<text" not in picture and "<path" in picture, path.name
    again = {p: p.read_bytes() for p in drawn.files}
    plot.draw(tmp_path / "results", exact, language="zh")
    assert {p: p.read_bytes() for p in drawn.files} == again


def test_pictures_that_are_there_are_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is left that shows other results."""

    def draw(cost: int, *arguments: object) -> plot.Drawn:
        fault = {"write_copy/pages:64": cost, "write_last/pages:64": 3}
        return plot.draw(tmp_path / "results", {"eager": a_result("eager", fault)}, *arguments)  # type: ignore[arg-type]

    draw(1000, ["png"])
    draw(1000, ["svg"], "zh")
    plots = tmp_path / "results/plots"
    pictures = [plots / "write_fault.png", tmp_path / "build/plots/zh/write_fault.svg"]
    old = [path.read_bytes() for path in pictures]
    drawn = draw(2000, ["svg"])
    assert sorted(drawn.files) == sorted(
        [plots / "write_fault.csv", plots / "write_fault.svg", *pictures]
    )
    now = [path.read_bytes() for path in pictures]
    assert all(before != after for before, after in zip(old, now))
    monkeypatch.setitem(fonts.FONTS, "zh", fonts.Font("x", tmp_path / "none.ttc", "fonts-x"))
    assert draw(3000, ["svg"]).notes[-1].startswith("pictures in zh are not drawn again: ")
    assert pictures[1].read_bytes() == now[1]


def test_missing_font_is_named(
    exact: dict[str, Results], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(fonts.FONTS, "zh", fonts.Font("x", tmp_path / "none.ttc", "fonts-x"))
    with pytest.raises(BenchError, match="none.ttc not found: it is in Debian's package fonts-x"):
        plot.draw(tmp_path, exact, language="zh")


# The command.


@pytest.fixture
def project(exact: dict[str, Results], tmp_path: Path) -> Path:
    """A project with a few results in files."""
    root = make_project(tmp_path / "a project")
    for variant in VARIANTS:
        times = {f"fork/pages:{pages}": 1000 + 20 * pages for pages in (0, 256, 4096)}
        values = {name: {"resident_pages": 5 + (time - 1000) / 20} for name, time in times.items()}
        results.store(root / "results", a_result(variant, times, values))
    return root


def test_command_draws_what_was_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(project, "plot", "FORMAT=svg") == 0
    assert sorted(p.name for p in (project / "results/plots").iterdir()) == ["fork.csv", "fork.svg"]
    out = capsys.readouterr().out
    assert "results/plots/fork.svg" in out and "note: figures left out: fork_exec, " in out
    for wrong in (["FORMAT=gif"], ["REPORT_LANG=fr"]):
        assert typed(project, "plot", *wrong) == 2
        assert f"plot: error: {wrong[0]} is none of: " in capsys.readouterr().err


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_main_figure_in_the_terminal(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    language: str,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", "25")
    assert typed(project, "plot", "FORMAT=ascii", f"REPORT_LANG={language}") == 0
    lines = capsys.readouterr().out.splitlines()
    widths = [sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in lines]
    assert max(widths) <= columns and len(lines) <= 24
    text = "\n".join(lines)
    assert getattr(FIGURES["fork"].title, language) in text
    assert all(variant in text for variant in VARIANTS)
    assert not (project / "results/plots").exists()


def test_nothing_for_the_terminal_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_project(tmp_path / "project")
    results.store(root / "results", a_result("eager", {"null": 111}))
    assert typed(root, "plot", "FORMAT=ascii") == 1
    assert "cannot draw fork: no results of fork" in capsys.readouterr().err


def test_broken_results_keep_the_old_pictures(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(project, "plot") == 0
    before = {p: p.read_bytes() for p in (project / "results/plots").iterdir()}
    file = project / "results/cow-hash.json"
    file.write_text(file.read_text()[:-200])
    assert typed(project, "plot") == 1
    assert "cow-hash.json" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in (project / "results/plots").iterdir()} == before


def test_a_failing_script_keeps_the_old_pictures(
    exact: dict[str, Results], pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots/fork.svg").write_text("old")
    monkeypatch.setattr(gnuplot, "STYLE", "set nonsense\n")
    with pytest.raises(BenchError, match="gnuplot cannot draw the figure .* nonsense"):
        plot.draw(tmp_path, exact, ["svg"])
    assert [p.name for p in (tmp_path / "plots").iterdir()] == ["fork.svg"]
    assert (tmp_path / "plots/fork.svg").read_text() == "old"


def test_bench_draws_what_it_has_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_project(tmp_path / "project", ("my-idea",))
    words = ["BENCH=fork", "REPEAT=2", f"OUT={root / 'out'}"]
    assert run_bench(root, *words, variants=("my-idea",)) == 0
    assert (root / "out/plots/fork.svg").exists()
    assert (
        "note: figures left out: fork_exec, fork_touch, latency, memory" in capsys.readouterr().out
    )
