"""What the files of bench/guest say about their benchmarks, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from bench.host.analysis import budget
from bench.host.benchmarks import About, initializer, load, read
from bench.host.errors import BenchError
from bench.host.figures import figures
from bench.host.languages import LANGUAGES, NOTHING, Text
from bench.host.report import readme
from bench.host.report.texts import Texts
from bench.host.running.machine import ROOT
from tests.bench.host.support import a_result

ALL = load(ROOT)
TRIAL = r"""
// ABOUT(comment) = {
ABOUT(trial) = {
    .name = "trial/pages:P", // a comment
    .title = {.en = "one \"trial\" | of "
                    "P pages", .zh = "一次试验"},
    .covers = {.en = "all of it"},
    .budgets = {{.what = {.en = "a trial"}, .at = "pages:16",
                 .limits = {{.variants = "eager", .at_most = 2.5}, {.variants = "cow-*", .at_least = 3}}}},
};

BENCHMARK(99, trial) = {
    .family = "trial",
    .unit = "go",
    .measure = measure,
};
"""


def of(folder: Path, source: str) -> About:
    path = folder / "trial.c"
    path.write_text(source)
    return read(path)


@pytest.mark.parametrize("about", ALL, ids=[about.family for about in ALL])
def test_each_file_says_what_a_reader_needs(about: About) -> None:
    assert about.unit.en and about.region.en and (about.covers.en or about.omits.en)
    assert not about.figure or about.figure in figures()
    for text in texts_in(initializer(ROOT / "bench" / "guest" / f"{about.family}.c")):
        assert set(text) == set(LANGUAGES), f"{about.family}: a language is missing beside {text}"


def texts_in(fields: object) -> Iterator[dict[str, str]]:
    if isinstance(fields, dict) and fields.keys() & set(LANGUAGES):
        yield fields
    elif isinstance(fields, (dict, list)):
        for each in fields.values() if isinstance(fields, dict) else fields:
            yield from texts_in(each)


def test_it_is_read_as_c_would(tmp_path: Path) -> None:
    about = of(tmp_path, TRIAL)
    assert (about.order, about.name) == ("99", "trial/pages:P")
    assert about.title == Text('one "trial" | of P pages', "一次试验")
    assert about.unit == Text("go", "go") and about.omits == NOTHING and about.figure == ""
    rows = budget.rows({"eager": a_result("eager", {"trial/pages:16": 2})}, [about])
    assert [(row.measured, row.limit.at_most, row.kept) for row in rows] == [(2, 2.5, True)]
    rows = budget.rows({"cow-a": a_result("cow-a", {"trial/pages:16": 2})}, [about])
    assert [(row.unit.zh, row.kept) for row in rows] == [("指令每go", False)]


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("ABOUT(trial)", "ABOUT(other)", r"needs ABOUT\(trial\) and BENCHMARK\(NN, trial\)"),
        ("BENCHMARK(99, trial)", "BENCHMARK(99, t)", r"needs ABOUT\(trial\)"),
        (".covers", ".covered", "unexpected keyword argument 'covered'"),
        ('"all of it"', "ALL_OF_IT", "line 7: cannot read 'ALL_OF_IT'"),
        ('"一次试验"}', '"一次试验" 3}', "line 6: invalid syntax"),
        ("trial/pages", "trail/pages", "a .name of its family"),
        (".title", ".region", "needs a .title"),
        ('"pages:16"', '"16 pages"', "'16 pages' are no parameters"),
        (".at_most = 2.5", ".at_most = 2.5, .at_least = 1", "each of them .at_most or .at_least"),
        ('.at = "pages:16"', '.value = "frames"', "needs .at with a number of pages"),
        ("{.variants", "{.variant", "unexpected keyword argument 'variant'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TRIAL
    with pytest.raises(BenchError, match=message):
        of(tmp_path, TRIAL.replace(old, new))


@pytest.mark.parametrize("page", ("docs/benchmarks.md", "docs/benchmarks.zh.md"))
def test_pages_have_the_tables_that_the_files_make(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    old, new = (
        parts_of(each)
        for each in (
            text,
            readme.render(
                text, readme.Known(Texts("zh" if ".zh." in page else "en"), {}, ALL), page
            ),
        )
    )
    assert old == new, "make readme writes them again"
    names = re.findall(r"^\| `([a-z_]+)", "".join(old), re.MULTILINE)
    assert sorted(names) == sorted(2 * [about.family for about in ALL])


def parts_of(text: str) -> list[str]:
    """Those that do not depend on results."""
    return re.findall(r"<!-- generated: ((?:benchmarks|regions).*?)<!-- end", text, re.DOTALL)


def test_one_file_more_is_in_all_tables(tmp_path: Path) -> None:
    guest = tmp_path / "bench" / "guest"
    guest.mkdir(parents=True)
    (guest / "trial.c").write_text(TRIAL)
    for name in ("README.md", "README.zh.md"):
        page = "".join(
            f"<!-- generated: {part} -->\n<!-- end of {part} -->\n"
            for part in ("benchmarks", "regions", "budgets")
        )
        (tmp_path / name).write_text(page)
    results = {"eager": a_result("eager", {"trial/pages:16": 3.25}, firmware="f")}
    assert readme.update(tmp_path, results) == ["README.md", "README.zh.md"]
    english, chinese = ((tmp_path / name).read_text() for name in ("README.md", "README.zh.md"))
    assert '| `trial/pages:P` | one "trial" \\| of P pages | go |  |' in english
    assert "| a trial | eager | 3.25 | at most 2.50 | instructions per go | **missed** |" in english
    assert "| `trial/pages:P` | 一次试验 | go |  |" in chinese
    assert "| a trial | eager | 3.25 | 不高于 2.50 | 指令每go | **未达到** |" in chinese
    assert english.count("`trial/pages:P`") == 2


def test_the_compiler_checks_the_same_fields() -> None:
    header = (ROOT / "bench/guest/runner/benchmark.h").read_text()
    body = re.search(r"^struct about \{(.*?)^\};", header, re.MULTILINE | re.DOTALL)
    assert body is not None
    names = set(re.findall(r"(\w+)(?:\[\d+\])?;", re.sub("//.*", "", body[1])))
    assert names == {field.name for field in fields(About)} - {"family", "order"}
