"""Result files that are not as they were written are refused, by name and with what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.host.errors import BenchError
from bench.host.measured import plain
from bench.host.running.machine import ROOT
from bench.host.stored.check import BadResult, load
from bench.host.stored.collection import differences, load_alike, load_all, load_usable
from bench.host.stored.export import to_google
from bench.host.stored.results import store
from tests.bench.host.support import a_result, typed

TIMES = {
    "null": [111, 111, 112],
    "fork/pages:0": [1080, 1082, 1090],
    "fork/pages:256": [5688, 5688],
    "fork/pages:256/layout:1": [5690],
}
VALUES = {name: {"frames_peak": 5, "copied": 2} for name in TIMES}


def a_project(root: Path, *variants: str, **context: Any) -> Path:
    for variant in variants:
        store(root / "results", a_result(variant, TIMES, VALUES, **context))
    return root


def changed(path: Path, change: Callable[[Any], object]) -> str:
    """Change a file by hand, and give the complaint about it."""
    doc = json.loads(path.read_text())
    change(doc)
    path.write_text(json.dumps(doc))
    with pytest.raises(BadResult) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return a_project(tmp_path, "v") / "results" / "v.json"


def entry(doc: Any, name: str) -> Any:
    return next(each for each in doc["benchmarks"] if each["name"] == name)


def test_a_file_as_written_is_loaded(file: Path) -> None:
    assert load(file) == a_result("v", TIMES, VALUES)


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
    text = json.dumps(doc, indent=1)
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
        ('{"context": {"variant": "x"}}', "another version .*: no format number, .* reads 3"),
        ('{"context": {"format": 4}}', "another version .*: format 4, and this one reads 3"),
        ('{"context": {"format": 3}, "benchmarks": []}', "in context: .* is a required property"),
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


@pytest.mark.parametrize(
    "change",
    [
        lambda doc: entry(doc, "fork/pages:0")["rows"][1].__setitem__(1, 1081),
        lambda doc: entry(doc, "null")["columns"].update(frames_peak=1),
        lambda doc: entry(doc, "null")["rows"][0].__setitem__(0, 3),
        lambda doc: entry(doc, "null").update(rejected=1),
        lambda doc: doc["benchmarks"].remove(entry(doc, "null")),
        lambda doc: doc["context"].update(memory="256M"),
        lambda doc: doc["context"].update(variant="w"),
        lambda doc: doc["context"].update(qemu="QEMU 9"),
        lambda doc: doc["context"].update(more=0),
    ],
)
def test_a_change_by_hand_is_found(file: Path, change: Callable[[Any], object]) -> None:
    expected = "was changed after it was written: the digest in its context does not fit"
    assert expected in changed(file, change)


@pytest.mark.parametrize(
    "change, message",
    [
        (
            lambda doc: doc["benchmarks"].append(entry(doc, "null")),
            "null is there 2 times",
        ),
        (
            lambda doc: entry(doc, "fork/pages:0")["rows"][1].append(5),
            "fork/pages:0: a row has 2 numbers in place of 1",
        ),
        (
            lambda doc: entry(doc, "null").update(first=[]),
            "null: a row has 0 numbers in place of 1",
        ),
        (
            lambda doc: entry(doc, "null")["rows"][0].__setitem__(1, "111"),
            "in benchmarks.0 (null).rows.0.1: '111' is not of type 'number'",
        ),
        (
            lambda doc: entry(doc, "null")["rows"][0].__setitem__(0, 0),
            "in benchmarks.0 (null).rows.0.0: 0 is less than the minimum of 1",
        ),
        (
            lambda doc: entry(doc, "fork/pages:0").pop("rejected"),
            "in benchmarks.1 (fork/pages:0): 'rejected' is a required property",
        ),
        (
            lambda doc: entry(doc, "null")["columns"].pop("ops"),
            "in benchmarks.0 (null).columns: 'ops' is a required property",
        ),
        (
            lambda doc: entry(doc, "null").update(name="null/"),
            "in benchmarks.0 (null/).name: 'null/' does not match",
        ),
        (
            lambda doc: doc["benchmarks"].append("null"),
            "in benchmarks.4: 'null' is not of type 'object'",
        ),
        (
            lambda doc: doc["context"].pop("images"),
            "in context: 'images' is a required property",
        ),
    ],
)
def test_what_has_the_wrong_shape_is_named(
    file: Path, change: Callable[[Any], object], message: str
) -> None:
    assert message in changed(file, change)


def test_the_old_format_is_told_by_name(tmp_path: Path) -> None:
    """As all files were until format 3: one entry for each sample."""
    path = tmp_path / "results" / "v.json"
    path.parent.mkdir()
    sample = {"name": "null", "run_type": "iteration", "repetition_index": 0, "real_time": 91}
    context = {"format": 2, "executable": "/bench/runner", "variant": "v", "source_shared": "x"}
    path.write_text(json.dumps({"context": context, "benchmarks": [sample]}))
    with pytest.raises(BadResult) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}: is from another version of Cowshed: format 2 (one entry for each sample, as Google "
        "Benchmark has it; make export writes that now), and this one reads 3; measure again (make "
        "bench VARIANT=v), or put back the file as it was"
    )


def test_real_times_are_told_by_name(tmp_path: Path) -> None:
    """As CLOCK=wall gave them, in files of the same format."""
    path = store(tmp_path / "wall", a_result("v", {"null": 91}, unit="nanoseconds"))[0]
    with pytest.raises(BadResult) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}: is from another version of Cowshed: real time, of make bench CLOCK=wall, which is "
        "gone, and this one reads instructions; measure again (make bench), or put back the file as it "
        "was"
    )


def test_an_export_is_no_result(file: Path) -> None:
    path = file.with_name("export.json")
    path.write_text(to_google(load(file)))
    with pytest.raises(BadResult, match="is an export in the format of Google Benchmark"):
        load(path)


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
        ({"clock": "another"}, "clock another and icount"),
        ({"flags": "-O3 -g"}, "flags -O3 -g and -O2"),
        ({"qemu": "QEMU 1"}, "qemu QEMU 1 and QEMU 0"),
        ({"heap": "lazy", "flags": "-O2 -DLAZY"}, "heap lazy and eager; flags -DLAZY and without"),
    ],
)
def test_other_machines_are_named(tmp_path: Path, context: dict[str, Any], words: str) -> None:
    folder = a_project(tmp_path, "eager", "v") / "results"
    a_project(tmp_path, "x", **context)
    with pytest.raises(BadResult, match=f"x.json: not measured like eager: {words}"):
        load_alike(folder)
    assert differences(a_result("a", {}), a_result("b", {}, **context)) != []


def test_other_images_are_a_note(tmp_path: Path) -> None:
    folder = a_project(tmp_path, "eager", "v") / "results"
    a_project(tmp_path, "x", images={"bench.img": "sha256:" + "3" * 64})
    found, notes = load_alike(folder)
    assert list(found) == ["eager", "v", "x"]
    assert len(notes) == 1 and notes[0] == "x: measured with another bench.img than eager"


@pytest.mark.parametrize("command", ["plot", "table", "readme", "budget"])
def test_commands_refuse_a_broken_file_and_draw_nothing(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = a_project(tmp_path, "eager", "v")
    (root / "README.md").write_text("<!-- generated: budgets -->\nold\n<!-- end of budgets -->\n")
    text = (root / "results/v.json").read_text()
    (root / "results/v.json").write_text(text.replace("1080", "1079", 1))
    before = sorted(path for path in root.rglob("*"))
    assert typed(root, command) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{command}: error: {root}/results/v.json: was changed after it was written" in err
    assert sorted(path for path in root.rglob("*")) == before
    assert "old" in (root / "README.md").read_text()


def test_no_results_say_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="run make bench"):
        load_alike(tmp_path)


def test_numbers_are_written_as_they_are_read() -> None:
    assert [plain(3.0), plain(2.5)] == [3, 2.5]
