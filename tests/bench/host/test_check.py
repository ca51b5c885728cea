"""Result files that are not as they were written are refused, by name and with what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.host import cli
from bench.host.errors import BenchError
from bench.host.running.machine import ROOT
from bench.host.stored.check import BadResult, load
from bench.host.stored.collection import differences, load_alike, load_all, load_usable
from bench.host.stored.results import digest, plain, store, summarize, to_json
from tests.bench.host.support import a_document, a_result

TIMES = {
    "null": [111, 111, 112],
    "fork/pages:0": [1080, 1082, 1090],
    "fork/pages:256": [5688, 5688],
    "fork/pages:256/layout:1": [5690],
}
VALUES = {name: {"frames_peak": 5, "copied": 2} for name in TIMES}


def a_project(root: Path, *variants: str, **context: Any) -> Path:
    for variant in variants:
        store(root / "results", a_document(variant, TIMES, VALUES, **context))
    return root


def changed(path: Path, change: Callable[[Any], object], *, sign: bool = False) -> str:
    """Change a file by hand, and give the complaint about it. With `sign`, the digest is made to
    fit: what is wrong must be found by itself."""
    doc = json.loads(path.read_text())
    change(doc)
    if sign:
        doc["context"]["digest"] = digest(doc)
    path.write_text(to_json(doc))
    with pytest.raises(BadResult) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return a_project(tmp_path, "v") / "results" / "v.json"


def entry(doc: Any, name: str, index: int = 0) -> Any:
    return [e for e in doc["benchmarks"] if e["name"] == name][index]


def test_a_file_as_written_is_loaded(file: Path) -> None:
    assert load(file) == summarize(a_document("v", TIMES, VALUES))


def test_the_committed_results_are_good() -> None:
    assert len(load_alike(ROOT / "results")[0]) >= 4


@pytest.mark.parametrize("part", [0.1, 0.35, 0.62, 0.8, 0.999])
def test_truncated(file: Path, part: float) -> None:
    text = file.read_text()
    file.write_text(text[: int(len(text) * part)])
    with pytest.raises(BadResult, match=r"v.json: is truncated: the file ends in line \d+, within"):
        load(file)


def test_truncated_anywhere(file: Path) -> None:
    """Every length: never a traceback, never a result, and never another complaint."""
    doc = json.loads(file.read_text())
    doc["benchmarks"] = doc["benchmarks"][:2]
    doc["context"]["numbers"] = [-1.25e-05, 0.5, 1e30, True, False, None]
    text = to_json(doc).rstrip()
    for length in range(len(text)):
        file.write_text(text[:length])
        with pytest.raises(BadResult, match="is truncated|is empty"):
            load(file)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("variant,name\n", "is not JSON: .* in line 1, column 1"),
        ('{"context": {},, "benchmarks": []}', "is not JSON: .* line 1, column 16"),
        ("[]", "is not a result of make bench: it has no context"),
        ("3", "is not a result of make bench: it has no context"),
        ('{"context": []}', "is not a result of make bench: it has no context"),
        ('{"context": {"date": "x"}, "benchmarks": []}', "its context has no format"),
        ('{"context": {"source_shared": "x"}}', "another version .*: no format number, .* reads 2"),
        ('{"context": {"format": 3}}', "another version .*: format 3, and this one reads 2"),
        ('{"context": {"format": 2}, "benchmarks": []}', "in context: .* is a required property"),
        ('{"context": NaN}', "has NaN where a number belongs"),
        ("[" * 100000, "is not JSON that can be read"),
        ('{"context": ' + "9" * 5000 + "}", "is not JSON that can be read"),
    ],
)
def test_no_result(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "v.json").write_text(text)
    with pytest.raises(BadResult, match="v.json: .*" + message):
        load(tmp_path / "v.json")


def test_no_text_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "v.json").write_bytes(b'{"context": "\xff"}')
    with pytest.raises(BadResult, match="v.json: is not text: byte 13"):
        load(tmp_path / "v.json")
    with pytest.raises(BadResult, match="w.json: cannot be read: No such file"):
        load(tmp_path / "w.json")
    with pytest.raises(BadResult, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_changed_number_is_found_and_named(file: Path) -> None:
    def faster(doc: Any) -> None:
        entry(doc, "fork/pages:0_median")["real_time"] = 900

    expected = "fork/pages:0: the median of real_time is 900, but that of its samples is 1082"
    assert expected in changed(file, faster)
    assert expected in changed(file, lambda doc: None, sign=True)  # with a digest that fits, too


def test_a_changed_sample_is_found(file: Path) -> None:
    def faster(doc: Any) -> None:
        entry(doc, "null", 2)["frames_peak"] = 1

    assert "null: the mean of frames_peak is 5, but that of its samples is" in changed(file, faster)


@pytest.mark.parametrize(
    "key, value", [("memory", "256M"), ("variant", "w"), ("qemu", "QEMU 9"), ("rejected", 0)]
)
def test_a_changed_context_is_found(file: Path, key: str, value: object) -> None:
    complaint = changed(file, lambda doc: doc["context"].update({key: value}))
    assert "was changed after it was written: the digest" in complaint


def test_a_consistent_change_is_found_by_the_digest(file: Path) -> None:
    """All samples and all that is computed from them: nothing but the digest is wrong."""

    def faster(doc: Any) -> None:
        for each in doc["benchmarks"]:
            if each["run_name"] == "fork/pages:256/layout:1":
                stays = each.get("aggregate_name") == "stddev"
                each["real_time"] = each["cpu_time"] = 0 if stays else 1000

    assert "was changed after it was written" in changed(file, faster)


@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize(
    "change, message",
    [
        (
            lambda doc: doc["benchmarks"].remove(entry(doc, "null", 1)),
            "null: 1 of 3 samples are missing, first of all sample 1",
        ),
        (
            lambda doc: doc["benchmarks"].append(entry(doc, "null", 1)),
            "null: sample 1 is there 2 times",
        ),
        (
            lambda doc: doc["benchmarks"].append(dict(entry(doc, "null"), repetition_index=3)),
            "null: 4 samples in place of 3",
        ),
        (
            lambda doc: doc["benchmarks"].append(entry(doc, "null_max")),
            "null_max is there 2 times",
        ),
        (
            lambda doc: doc["benchmarks"].remove(entry(doc, "null_max")),
            "null: its max is missing",
        ),
        (
            lambda doc: entry(doc, "null", 1).pop("copied"),
            "null: its samples do not hold the same values",
        ),
        (
            lambda doc: entry(doc, "null", 1).update(unit="byte"),
            "null: its entries do not agree on what was measured",
        ),
        (
            lambda doc: [
                e.update(parameters={"pages": 1})
                for e in doc["benchmarks"]
                if e["run_name"] == "fork/pages:0"
            ],
            "fork/pages:0: its family, parameters and layout say fork/pages:1",
        ),
    ],
)
def test_samples_and_statistics_must_be_complete(
    file: Path, change: Callable[[Any], object], message: str, sign: bool
) -> None:
    assert message in changed(file, change, sign=sign)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda e: e.update(real_time="1080"), "benchmarks[0] (null).real_time: '1080' is not of"),
        (lambda e: e.pop("repetition_index"), "'repetition_index' is a required property"),
        (lambda e: e.update(real_time=10**400), "null: a sample has a number without bounds"),
        (lambda e: e.update(timed=1), "benchmarks[0] (null).timed: 1 is not of type 'boolean'"),
    ],
)
def test_entries_of_the_wrong_kind(
    file: Path, change: Callable[[Any], object], message: str
) -> None:
    assert message in changed(file, lambda doc: change(doc["benchmarks"][0]))


def test_a_file_has_the_name_of_its_variant(tmp_path: Path) -> None:
    folder = a_project(tmp_path, "eager", "v") / "results"
    shutil.copy(folder / "v.json", folder / "w.json")
    with pytest.raises(BadResult, match="w.json: holds the results of v, not of w"):
        load_all(folder)
    found, problems = load_usable(folder)
    assert list(found) == ["eager", "v"] and len(problems) == 1


@pytest.mark.parametrize(
    "folder, command",
    [
        ("results", "make bench VARIANT=v)"),
        ("results/lazy", "make bench VARIANT=v LAZY=1)"),
        ("results/wall", "make bench VARIANT=v CLOCK=wall)"),
        ("elsewhere", "(make bench)"),
    ],
)
def test_the_error_says_how_to_measure_again(tmp_path: Path, folder: str, command: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "v.json").write_text("{")
    with pytest.raises(BadResult) as caught:
        load(tmp_path / folder / "v.json")
    assert command in str(caught.value)


def test_all_broken_files_are_named(tmp_path: Path) -> None:
    folder = a_project(tmp_path, "eager", "v", "w") / "results"
    for name in ("v", "w"):
        (folder / f"{name}.json").write_text("{")
    with pytest.raises(BadResult) as caught:
        load_all(folder)
    assert str(caught.value).count("is truncated") == 2


@pytest.mark.parametrize(
    "context, words",
    [
        ({"memory": "256M"}, "memory 256M and 512M"),
        ({"clock": "wall"}, "clock wall and icount"),
        ({"flags": "-O3 -g"}, "flags -O3 -g and -O2"),
        ({"qemu": "QEMU 1"}, "qemu QEMU 1 and QEMU 0"),
        ({"heap": "lazy", "flags": "-O2 -DLAZY"}, "heap lazy and eager; flags -DLAZY and without"),
    ],
)
def test_other_machines_are_named(tmp_path: Path, context: dict[str, str], words: str) -> None:
    folder = a_project(tmp_path, "eager", "v") / "results"
    a_project(tmp_path, "x", **context)
    with pytest.raises(BadResult, match=f"x.json: not measured like eager: {words}"):
        load_alike(folder)
    assert differences(a_result("a", {}), a_result("b", {}, **context)) != []


def test_other_sources_are_a_note(tmp_path: Path) -> None:
    folder = a_project(tmp_path, "eager", "v") / "results"
    a_project(tmp_path, "x", source_shared="sha256:" + "3" * 64)
    found, notes = load_alike(folder)
    assert list(found) == ["eager", "v", "x"]
    assert len(notes) == 1 and notes[0].startswith("x: measured with other sources")


@pytest.mark.parametrize("command", ["plot", "table", "readme", "budget"])
def test_commands_refuse_a_broken_file_and_draw_nothing(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = a_project(tmp_path, "eager", "v")
    (root / "README.md").write_text("<!-- generated: budgets -->\nold\n<!-- end of budgets -->\n")
    text = (root / "results/v.json").read_text()
    (root / "results/v.json").write_text(text.replace("1080", "1079", 1))
    before = sorted(path for path in root.rglob("*"))
    assert cli.main([command, "--root", str(root)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"bench: error: {root}/results/v.json: fork/pages:0: the mean of real_time is" in err
    assert sorted(path for path in root.rglob("*")) == before
    assert "old" in (root / "README.md").read_text()


def test_no_results_say_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="run make bench"):
        load_alike(tmp_path)


def test_numbers_are_written_as_they_are_read() -> None:
    assert [plain(3.0), plain(2.5)] == [3, 2.5]
