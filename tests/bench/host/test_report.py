"""make report: that what it says is what the results say, that it knows when it is old, and that it
never writes over somebody's words."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench.host.errors import BenchError
from bench.host.figures import figures
from bench.host.languages import LANGUAGES
from bench.host.measured import Results
from bench.host.report import texts
from bench.host.report.links import relocate
from bench.host.running.machine import ROOT
from bench.host.running.protocol import Run
from bench.host.stored.collection import load_alike
from bench.host.stored.results import gathered, store
from tests.bench.host.support import VARIANTS, a_result, benchmark, sample, typed

SIZES = (0, 256, 1024, 4096, 16384)
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"><text>drawn</text></svg>'


def costs(variant: str) -> dict[str, float | list[float]]:
    """Times as the cost models have them: F + t·L + p·n with t = 100, p = 1,100 or 20."""
    page = 1100 if variant == "eager" else 20
    found: dict[str, float | list[float]] = {"null": 111}
    for pages in SIZES:
        found[f"fork/pages:{pages}"] = 1000 + 100 * tables(pages) + page * (pages + 5)
        found[f"memory/pages:{pages}"] = 0
        if pages:
            last = {"eager": 3, "cow-array": 1350}.get(variant, 180)
            found[f"write_copy/pages:{pages}"] = 3 if variant == "eager" else 1320
            found[f"write_last/pages:{pages}"] = last
    for percent in (0, 50, 100):
        fault = 3 if variant == "eager" else 1320
        found[f"fork_touch/pages:1024/percent:{percent}"] = (
            page * 1024 + fault * 1024 * percent / 100
        )
    return found


def tables(pages: int) -> int:
    """Leaf tables."""
    return (pages + 6 + 511) // 512


def values(variant: str) -> dict[str, dict[str, float]]:
    copies = variant == "eager"
    metadata = {"eager": 0, "cow-hash": 4096}.get(variant, 524288)
    found: dict[str, dict[str, float]] = {}
    for pages in SIZES:
        own = 0 if copies else 2
        used = {k: (pages + 5 if copies else own + pages * k // 100) for k in (0, 10, 50, 100)}
        total = tables(pages) + 2
        found[f"memory/pages:{pages}"] = {
            "table_frames": total,
            "frames_fork": total + (pages + 5 if copies else 0),
            **{f"frames_after_{k}": total + frames for k, frames in used.items()},
            "frames_after_exit": 0,
        }
        found[f"fork/pages:{pages}"] = {
            "pages_copied": pages + 5 if copies else 0,
            "pages_shared": 0 if copies else pages + 5,
            "resident_pages": pages + 5,
            "metadata_bytes_peak": metadata + (variant == "cow-hash") * pages,
        }
        kind = "faults_copy" if variant == "cow-array" else "faults_reuse"
        faults = {"faults_copy": 0, "faults_reuse": 0}
        found[f"write_last/pages:{pages}"] = faults | ({} if copies else {kind: pages})
        found[f"write_copy/pages:{pages}"] = faults | ({} if copies else {"faults_copy": pages})
    return found


def write_results(root: Path, variant: str, **times: float | list[float]) -> None:
    changed = {name.replace("__", "/").replace("_at_", ":"): time for name, time in times.items()}
    there = costs(variant) | changed
    numbers = {name: found for name, found in values(variant).items() if name in there}
    store(root / "results", a_result(variant, there, numbers))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Results of all variants, and a picture."""
    root = tmp_path / "project"
    for variant in VARIANTS:
        write_results(root, variant)
    (root / "results/plots").mkdir()
    (root / "results/plots/fork.svg").write_text(PICTURE)
    return root


def report(root: Path, *arguments: str) -> int:
    return typed(root, "report", *arguments)


def made(root: Path, *arguments: str) -> str:
    assert report(root, *arguments) == 0
    return (root / "REPORT.md").read_text()


def test_report_says_what_the_results_say(project: Path) -> None:
    text = made(project)
    assert "takes 4,513,000 instructions under `eager`, 83,920 under `cow-array` (53.8× fewer)" in (
        " ".join(text.split())
    )
    assert "| fork, heap of 4,096 pages (16 MiB) | 4,513,000 | 83,920 | 83,920 | 83,920 |" in text
    assert "![Instructions of a fork against" in text and "](results/plots/fork.svg)" in text
    assert "results/plots/memory.svg" not in text  # not drawn
    for heading in ("Purpose", "What was built", "Method", "Results", "Measured against predicted"):
        assert f"\n## {heading}\n" in text
    assert "None" not in text and "{{" not in text and "{%" not in text
    digest = json.loads((project / "results/eager.json").read_text())["context"]["digest"]
    assert f"| [`results/eager.json`](results/eager.json) | `{digest}` |" in text


def test_changed_result_changes_the_report(project: Path) -> None:
    before = made(project)
    write_results(project, "cow-array", fork__pages_at_4096=91234)
    after = made(project)
    assert "91,234" in after and "91,234" not in before
    assert "49.5× fewer" in after


def test_model_predicts_what_was_made_by_it_and_shows_what_was_not(project: Path) -> None:
    text = made(project)
    assert "| cow-array | 1,000 | 100 | 20 |" in text
    assert "- `cow-array`: the model is complete, nothing is left over." in text
    write_results(project, "cow-array", fork__pages_at_16384=2 * (1000 + 3300 + 20 * 16389))
    text = made(project)
    assert "| cow-array | `fork/pages:16384` | 332,080 | 664,160 | −50.0 % |" in text
    assert "- `cow-array`: the largest error is −50.0 %." in text


def test_break_even_is_predicted_and_measured(project: Path) -> None:
    text = made(project)
    # (1,100 − 20) / 1,320, and the same less the three instructions of eager's loop
    assert re.search(
        r"\| cow-array \| `fork_touch/pages:1024` \| 81.82 \| 82.00 \| −0.23 % \|", text
    )


def test_contradiction_in_the_results_is_shown(project: Path) -> None:
    assert "holds |" in made(project) and "**fails**" not in made(project)
    write_results(project, "cow-hash", null=112)
    assert "| 4 | **fails**: cow-hash |" in made(project)


def test_what_was_not_measured_is_left_out_and_said(project: Path) -> None:
    for variant in VARIANTS:
        there = {name: time for name, time in costs(variant).items() if "touch" not in name}
        store(project / "results", a_result(variant, there))
    text = made(project)
    assert "`fork_touch` is not among the results" in text
    assert "What a fork and a fault are made of" not in text


def test_one_variant_is_enough(tmp_path: Path) -> None:
    write_results(tmp_path, "my-idea")
    text = made(tmp_path)
    assert "| fork, tiny process | 1,200 |" in text
    assert "`my-idea`, whose ideas and models are in their folders" in " ".join(text.split())


def test_check_knows_old_reports(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(project, "CHECK=1") == 1
    assert "there is no" in capsys.readouterr().err
    text = made(project)
    assert report(project, "CHECK=1") == 0
    write_results(project, "cow-array", fork__pages_at_4096=91234)
    assert report(project, "CHECK=1") == 1
    error = capsys.readouterr().err
    assert "REPORT.md is older than its results: make report writes it again" in error
    assert (project / "REPORT.md").read_text() == text  # a check writes nothing
    (project / "REPORT.md").write_text(text.replace("83,920", "83,921"))
    assert report(project, "CHECK=1") == 1
    assert "REPORT.md was changed by hand" in capsys.readouterr().err


def test_our_own_report_is_as_new_as_its_results() -> None:
    command = ["git", "status", "--porcelain", "results", "REPORT.md"]
    if subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout:
        pytest.skip("results/ or REPORT.md are not those of the commit")
    assert typed(ROOT, "report", "CHECK=1") == 0


def test_words_on_sharing_are_those_of_the_break_even_point(project: Path) -> None:
    assert "unless children write most of their pages" in " ".join(made(project).split())
    early = {f"fork_touch__pages_at_1024__percent_at_{p}": 60000 * p for p in (50, 100)}
    write_results(project, "cow-array", **early)
    text = " ".join(made(project).split())
    assert "unless children write many of their pages" in text and "write most" not in text


def test_page_has_the_pictures_inside(project: Path) -> None:
    made(project)
    page = (project / "build/report.html").read_text()
    sources = re.findall(r'<img [^>]*src="([^"]+)"', page)
    assert sources and all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert base64.b64decode(sources[0].partition(",")[2]).decode() == PICTURE
    assert '<td style="text-align: right;">4,513,000</td>' in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)  # nothing from elsewhere
    assert "<td><code>eager</code></td><td>copies" in re.sub(r"\s*\n\s*", "", page)  # not a link


def test_page_has_the_data_of_its_figures_inside(project: Path) -> None:
    results, _ = load_alike(project / "results")
    data = figures()["fork"].table(results).to_csv()
    (project / "results/plots/fork.csv").write_text(data)
    made(project)
    page = (project / "build/report.html").read_text()
    links = re.findall(r'<a download="fork.csv" href="data:text/csv;base64,([^"]+)"', page)
    assert [base64.b64decode(link).decode() for link in links] == [data]


def test_page_of_a_skeleton_is_made_from_what_was_written_into_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["TEMPLATE=course"]
    assert report(project, *words) == 0
    path, page = (project / f"build/course.en.{kind}" for kind in ("md", "html"))
    mine = path.read_text().replace("| name | **Your words:** |", "| name | Li Lei |")
    path.write_text(mine)
    capsys.readouterr()
    assert report(project, *words) == 0
    assert path.read_text() == mine and "<td>Li Lei</td>" in page.read_text()
    assert "note:" not in capsys.readouterr().out
    write_results(project, "cow-array", fork__pages_at_4096=91234)
    assert report(project, *words) == 0
    assert path.read_text() == mine and "note: its tables are not of" in capsys.readouterr().out
    path.write_text("notes of somebody else")
    assert report(project, *words) == 1
    assert path.read_text() == "notes of somebody else"


def test_links_and_pictures_of_a_students_own(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["TEMPLATE=course"]
    assert report(project, *words) == 0
    path, page = (project / f"build/course.en.{kind}" for kind in ("md", "html"))
    text = path.read_text()
    path.write_text('<me@x.org> [a](https://x.org/a "A") [b](../Makefile "B") [c](#d)\n' + text)
    assert report(project, *words) == 0
    mine = html.unescape(page.read_text())
    links = ('href="mailto:me@x.org"', 'href="https://x.org/a"', 'href="#d"')
    assert all(link in mine for link in links) and "Makefile" not in mine
    capsys.readouterr()
    for address, why in (("https://x.org/a.png", "is in the web"), ("a.png", "No such file")):
        path.write_text(f"![picture]({address})\n{text}")
        assert report(project, *words) == 1
        err = " ".join(capsys.readouterr().err.split())
        assert address in err and why in err and "make plot" not in err


def test_words_of_others_are_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = made(project) + "\nmy own words\n"
    (project / "REPORT.md").write_text(mine)
    assert report(project) == 1
    assert "REPORT.md is not as make report wrote it" in capsys.readouterr().err
    assert (project / "REPORT.md").read_text() == mine
    other = project / "notes.md"
    other.write_text("notes")
    assert report(project, f"OUT={other}") == 1
    assert other.read_text() == "notes"
    assert report(project, f"OUT={project / 'sub/mine.md'}") == 0
    text = (project / "sub/mine.md").read_text()
    assert "](../results/plots/fork.svg)" in text
    assert report(project, f"OUT={project / 'sub/mine.md'}") == 0  # its own, not touched


def test_pages_of_others_are_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = project / "mine.html"
    page.write_text("my page")
    assert report(project, f"OUT={project / 'mine.md'}") == 1
    assert "mine.html is not from make report" in capsys.readouterr().err
    assert report(project, f"OUT={page}") == 1
    assert "OUT= is the Markdown file" in capsys.readouterr().err
    assert page.read_text() == "my page" and not (project / "mine.md").exists()
    (project / "file").touch()
    assert report(project, f"OUT={project / 'file/x.md'}") == 1
    assert "cannot" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("TEMPLATE=thesis",), "TEMPLATE=thesis is none of: report course"),
        (("REPORT_LANG=fr",), "REPORT_LANG=fr is none of: en zh"),
        (("TEMPLATE=../readme",), "TEMPLATE=../readme is none of"),
    ],
)
def test_unknown_words_are_refused(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert report(project, *arguments) == 2
    assert message in capsys.readouterr().err
    assert not (project / "REPORT.md").exists() and not (project / "build").exists()


@pytest.mark.parametrize(
    "language, parts, place",
    [
        ("en", ("Purpose", "Steps", "Difficulties and how", "Reflections"), "**Your words:**"),
        ("zh", ("实验目的", "实验步骤", "实验中遇到的困难和解决办法", "实验心得"), "**请填写：**"),
    ],
)
def test_skeleton_has_the_parts_of_a_course_report(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    language: str,
    parts: tuple[str, ...],
    place: str,
) -> None:
    words = ("TEMPLATE=course", f"REPORT_LANG={language}")
    assert report(project, *words) == 0
    path = project / f"build/course.{language}.md"
    text = path.read_text()
    for part in parts:
        assert re.search(rf"^## .*{part}", text, re.MULTILINE)
    assert text.count(place) > 10
    assert "4,513,000 | 83,920 | 83,920 | 83,920 |" in text
    assert "](../results/plots/fork.svg)" in text
    mine = text.replace(place, "mine", 1)
    path.write_text(mine)
    assert report(project, *words) == 0
    assert ": kept as it is" in " ".join(capsys.readouterr().out.split())
    assert path.read_text() == mine


def test_report_in_chinese(project: Path) -> None:
    assert report(project, "REPORT_LANG=zh") == 0
    text = (project / "build/REPORT.zh.md").read_text()
    assert "前者是它的 53.8 倍" in text and "模型完整，没有剩余。" in text
    assert not (project / "REPORT.md").exists()
    english = made(project)
    assert len(re.findall("^#", text, re.MULTILINE)) == len(re.findall("^#", english, re.MULTILINE))
    numbers = re.compile(r"\d{1,3}(?:,\d{3})+|\d+\.\d+")
    assert set(numbers.findall(text)) == set(numbers.findall(english))


def spoil(path: Path, change: Any) -> None:
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda text: text[: len(text) // 2], "is truncated"),
        (lambda text: text.replace('"time": 83920', '"time": 83921'), "changed"),
        (lambda text: text.replace('"memory": "512M"', '"memory": "256M"'), "changed"),
    ],
)
def test_unusable_results_are_named_and_nothing_is_written(
    project: Path, capsys: pytest.CaptureFixture[str], change: Any, message: str
) -> None:
    spoil(project / "results/cow-array.json", change)
    assert report(project) == 1
    error = capsys.readouterr().err
    assert "results/cow-array.json" in error and message in error
    assert not (project / "REPORT.md").exists() and not (project / "build").exists()


def test_only_a_file_is_read_and_replaced(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A device may be read without end.
    for out in (str(project), "/dev/zero"):
        assert report(project, f"OUT={out}") == 1
        assert f"{out} is no file" in capsys.readouterr().err


def test_no_results_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(tmp_path) == 1
    assert "holds no results yet: run make bench" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_picture_of_other_results_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = project / "results/plots/fork.csv"
    results, _ = load_alike(project / "results")
    table.write_text(figures()["fork"].table(results).to_csv())
    assert "Data: [fork.csv](results/plots/fork.csv)" in made(project)
    write_results(project, "cow-array", fork__pages_at_4096=91234)
    assert report(project) == 1
    assert "fork.csv is not made from these results: make plot" in capsys.readouterr().err


# The words.

# A measured number has a comma or a point in it; these are definitions.
DEFINED = {"4,096", "1,024"}


def typed_numbers(text: str) -> set[str]:
    """Numbers of a text that no value of the results makes; a heading may have its own."""
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    return set(re.findall(r"\d{1,3}(?:,\d{3})+|\d+\.\d+", text)) - DEFINED


def test_no_number_of_a_result_is_typed_into_a_text() -> None:
    assert typed_numbers("it takes 76,120 of {time} or 3.25") == {"76,120", "3.25"}
    for language in LANGUAGES:
        for key, text in texts.load(language).items():
            assert not typed_numbers(text), (language, key)


def test_no_language_lacks_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert texts.missing() == []
    shutil.copytree(texts.FOLDER, tmp_path / "texts")
    monkeypatch.setattr(texts, "FOLDER", tmp_path / "texts")
    chapter = tmp_path / "texts/zh/summary.md"
    chapter.write_text(re.sub("^@last .*\n+", "", chapter.read_text(), flags=re.MULTILINE))
    assert texts.missing() == ["zh: summary.last"]
    with pytest.raises(BenchError, match="no text 'summary.last' in .*/zh"):
        texts.Texts("zh")("summary.last")


# Places that are filled from the context of the results.
CONTEXT = {"compiler", "flags", "qemu", "firmware", "memory", "harts", "clock"}


def test_every_text_is_said_and_every_place_is_filled() -> None:
    """A key, or a place for a value, that the Python of reports does not know is a mistake."""
    source = "".join(path.read_text() for path in texts.FOLDER.parent.rglob("*.py"))
    literals = re.findall(r'"((?:[^"{\n]|{[^{}]*})+)"', source)
    known = re.compile("|".join(re.sub(r"\\{.*?\\}", ".+", re.escape(each)) for each in literals))
    for language in LANGUAGES:
        for key, text in texts.load(language).items():
            assert known.fullmatch(key) or key.startswith("readme.said."), (language, key)
            places = {place for place in re.findall(r"{(\w+)", text) if not place.isdigit()}
            assert all(f"{place}=" in source for place in places - CONTEXT), (language, key)


def test_links_move_with_the_file(tmp_path: Path) -> None:
    text = "[a](docs/a.md#part) [b](#here) [c](https://example.org/x) ![d](results/d.svg)"
    there = relocate(text, tmp_path, tmp_path / "build")
    assert there == (
        "[a](../docs/a.md#part) [b](#here) [c](https://example.org/x) ![d](../results/d.svg)"
    )
    assert relocate(text, tmp_path, tmp_path) == text
