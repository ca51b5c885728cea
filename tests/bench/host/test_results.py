"""bench.host.stored.results and what stands around it: statistics, both files, and that they are written
whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import statistics
from pathlib import Path
from typing import Any

import pytest

from bench.host import interrupts
from bench.host.errors import BenchError
from bench.host.running.context import lasting
from bench.host.running.machine import ROOT
from bench.host.running.protocol import Benchmark, Run, Sample
from bench.host.running.sources import SHARED_SOURCES, source_hash
from bench.host.stored.collection import baseline_for, comparable
from bench.host.stored.results import (
    Results,
    digest,
    document,
    store,
    summarize,
    to_csv,
    to_json,
    value_unit,
    write_all,
)
from bench.host.variants import all_variants, check_variant, ordered

CONTEXT = {"variant": "v", "unit": "instructions", "memory": "512M", "source_shared": "a"}


def benchmark(name: str, cycles: list[int], ops: int = 1, first: int | None = None) -> Benchmark:
    counters = {"forks": 1, "pages_shared": 7, "pages_copied": 2, "faults_copy": 1}

    def sample(value: int) -> Sample:
        return Sample(value, ops, {"frames_peak": 4 * value}, dict(counters))

    family, *words = name.split("/")
    parameters = {key: int(value) for key, value in (word.split(":") for word in words)}
    samples = [sample(value) for value in cycles]
    start = None if first is None else sample(first)
    return Benchmark(name, family, parameters, "fork", True, len(cycles), 2, start, samples, 3)


def a_document(*benchmarks: Benchmark, layouts: dict[int, list[Benchmark]] | None = None) -> Any:
    runs = {0: Run("OpenSBI v1", {"timer_overhead": 1}, list(benchmarks))}
    runs |= {seed: Run("OpenSBI v1", {}, some) for seed, some in (layouts or {}).items()}
    return document(CONTEXT, runs, {"fork": {}, "fork_wide": {"processes": 300}})


def entries(doc: Any, **wanted: Any) -> list[Any]:
    return [e for e in doc["benchmarks"] if all(e.get(k) == v for k, v in wanted.items())]


def test_statistics_are_those_of_the_samples() -> None:
    cycles = [10, 40, 20, 90, 30]
    summary = summarize(a_document(benchmark("fork/pages:4", cycles))).summaries["fork/pages:4"]
    assert summary.time("median") == 30
    assert summary.time("mean") == 38
    assert (summary.time("min"), summary.time("max")) == (10, 90)
    assert summary.time("stddev") == pytest.approx(statistics.stdev(cycles))
    assert summary.repetitions == 5


def test_first_iteration_is_in_no_statistic() -> None:
    doc = a_document(benchmark("fork/pages:4", [10, 20], first=90), benchmark("null", [5]))
    found = summarize(doc)
    assert found.time("fork/pages:4", "first") == 90
    assert found.value("fork/pages:4", "frames_peak", "first") == 360
    assert (found.time("fork/pages:4"), found.time("fork/pages:4", "max")) == (15, 20)
    assert found.summaries["fork/pages:4"].repetitions == 2
    assert len(found.summaries["fork/pages:4"].samples) == 2
    assert found.time("null", "first") is None


def test_every_value_of_a_sample_is_kept() -> None:
    found = summarize(a_document(benchmark("fork/pages:4", [10, 40, 20])))
    samples = found.summaries["fork/pages:4"].samples
    assert [sample["real_time"] for sample in samples] == [10, 40, 20]
    assert [sample["frames_peak"] for sample in samples] == [40, 160, 80]
    assert found.value("fork/pages:4", "frames_peak") == 80


def test_parameters_of_any_name() -> None:
    name = "fork_touch/pages:1024/percent:50"
    found = summarize(a_document(benchmark(name, [9]), benchmark("fork_wide/children:3", [8])))
    assert found.summaries[name].parameters == {"pages": 1024, "percent": 50}
    assert found.summaries[name].pages == 1024
    assert found.summaries["fork_wide/children:3"].pages is None


def test_unusual_machines_are_in_the_context() -> None:
    doc = a_document(benchmark("fork/pages:4", [10]))
    assert doc["context"]["machines"] == {"fork_wide": {"processes": 300}}


def test_digest_shows_what_was_changed_by_hand() -> None:
    doc = json.loads(to_json(a_document(benchmark("fork/pages:4", [10, 20]))))
    assert doc["context"]["format"] == 2
    assert doc["context"]["digest"] == digest(doc)
    for change in (
        lambda d: d["benchmarks"][0].update(real_time=11),
        lambda d: d["benchmarks"].pop(),
        lambda d: d["context"].update(memory="1G"),
    ):
        other = json.loads(json.dumps(doc))
        change(other)
        assert other["context"]["digest"] == doc["context"]["digest"] != digest(other)


def test_time_is_per_operation() -> None:
    doc = a_document(benchmark("write_copy/pages:4", [1000, 1004], ops=4))
    assert [e["real_time"] for e in entries(doc, run_type="iteration")] == [250, 251]
    assert [e["iterations"] for e in entries(doc, run_type="iteration")] == [4, 4]


def test_p99_needs_100_samples_and_is_the_nearest_rank() -> None:
    few = a_document(benchmark("null", list(range(99))))
    assert summarize(few).time("null", "p99") is None
    many = a_document(benchmark("null", list(range(1, 101))))
    assert summarize(many).time("null", "p99") == 99
    more = a_document(benchmark("null", list(range(1, 1001))))
    assert summarize(more).time("null", "p99") == 990


def test_single_sample_has_no_spread() -> None:
    assert summarize(a_document(benchmark("null", [5]))).time("null", "stddev") == 0


def test_resident_pages_are_what_fork_handed_on() -> None:
    found = summarize(a_document(benchmark("fork/pages:4", [9])))
    assert found.value("fork/pages:4", "resident_pages") == 7 + 2 - 1


def test_entries_have_what_readers_of_the_format_need() -> None:
    doc = json.loads(to_json(a_document(benchmark("fork/pages:4", [10, 20]))))
    assert set(doc) == {"context", "benchmarks"}
    for entry in doc["benchmarks"]:
        assert entry["time_unit"] == "ns"
        assert entry["run_name"] == "fork/pages:4"
        assert isinstance(entry["cpu_time"], (int, float))
        assert entry["run_type"] in ("iteration", "aggregate")
    assert [e["repetition_index"] for e in entries(doc, run_type="iteration")] == [0, 1]
    assert [e["name"] for e in entries(doc, aggregate_name="median")] == ["fork/pages:4_median"]


def test_layouts_are_entries_of_their_own() -> None:
    doc = a_document(
        benchmark("fork/pages:4", [10]), layouts={2: [benchmark("fork/pages:4", [12])]}
    )
    assert doc["context"]["layouts"] == [0, 2]
    found = summarize(doc)
    assert found.time("fork/pages:4") == 10
    assert found.time("fork/pages:4/layout:2") == 12


def test_csv_holds_each_value_of_the_json_once() -> None:
    touch = benchmark("fork_touch/pages:4/percent:50/children:2", [7], first=8)
    doc = a_document(benchmark("fork/pages:4", [10, 20]), benchmark("null", [3]), touch)
    rows = list(csv.DictReader(io.StringIO(to_csv(doc))))
    seen = {
        (r["name"], r["statistic"], r["repetition"], r["quantity"]): float(r["value"]) for r in rows
    }
    assert len(seen) == len(rows)
    expected = {}
    for entry in doc["benchmarks"]:
        statistic = entry.get("aggregate_name", "sample")
        key = (entry["run_name"], statistic, str(entry.get("repetition_index", "")))
        expected[*key, "instructions"] = entry["real_time"]
        values = ("forks", "pages_shared", "pages_copied", "faults_copy", "resident_pages")
        for name in (*values, "frames_peak"):
            expected[*key, name] = entry[name]
        if "aggregate_name" in entry:
            expected[*key, "rejected"] = 3
    assert seen == expected
    assert {r["unit"] for r in rows if r["quantity"] == "instructions"} == {"instructions per fork"}
    assert {r["unit"] for r in rows if r["quantity"] == "pages_shared"} == {"pages"}
    assert {r["unit"] for r in rows if r["quantity"] == "frames_peak"} == {"frames"}


def test_csv_says_in_columns_what_the_name_says() -> None:
    name = "fork_touch/pages:4/percent:50/children:2"
    doc = a_document(
        benchmark(name, [7]), benchmark("null", [3]), layouts={2: [benchmark("null", [4])]}
    )
    rows = list(csv.DictReader(io.StringIO(to_csv(doc))))
    columns = ("variant", "name", "family", "pages", "parameters", "layout")
    assert {tuple(row[column] for column in columns) for row in rows} == {
        ("v", name, "fork_touch", "4", "percent:50 children:2", "0"),
        ("v", "null", "null", "", "", "0"),
        ("v", "null", "null", "", "", "2"),
    }


@pytest.mark.parametrize(
    "name, unit",
    [("frames_peak", "frames"), ("instructions_pause", "instructions"), ("faults_copy", "events")]
    + [("metadata_bytes", "bytes"), ("pages_copied", "pages"), ("children", "children")],
)
def test_the_words_of_a_name_tell_its_unit(name: str, unit: str) -> None:
    assert value_unit(name) == unit


def test_what_is_stored_is_the_document(tmp_path: Path) -> None:
    doc = a_document(benchmark("fork/pages:4", [10, 20]))
    written, _ = store(tmp_path / "results", doc)
    assert json.loads(written.read_text()) == doc
    assert sorted(p.name for p in (tmp_path / "results").iterdir()) == ["v.csv", "v.json"]


def test_files_are_written_both_or_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "b").mkdir()  # cannot be replaced by a file
    with pytest.raises(BenchError, match="b is a folder"):
        write_all({tmp_path / "a": "new", tmp_path / "b": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_failed_write_leaves_the_old_file_and_no_scrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("old")

    def no_space(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "chmod", no_space)
    with pytest.raises(OSError, match="No space"):
        write_all({tmp_path / "a": "new"})
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_while_files_are_replaced_waits_until_all_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    replace = os.replace

    def replace_and_interrupt(source: str, target: Path) -> None:
        replace(source, target)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(os, "replace", replace_and_interrupt)
    interrupts.end_like_interrupt()
    with pytest.raises(KeyboardInterrupt):
        write_all({tmp_path / "a": "new", tmp_path / "b": "new"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "new", "b": "new"}


def with_context(variant: str, **context: Any) -> Results:
    return Results(variant, CONTEXT | {"variant": variant} | context, {})


def test_only_what_was_measured_alike_stands_side_by_side() -> None:
    alike = {name: with_context(name) for name in ("eager", "a")}
    kept, notes = comparable(alike | {"b": with_context("b", memory="64M")})
    assert list(kept) == ["eager", "a"]
    assert notes == ["b is left out: memory 64M and 512M (eager)"]
    assert comparable(alike) == (alike, [])
    assert comparable({}) == ({}, [])


def test_other_sources_are_noted() -> None:
    kept, notes = comparable(
        {"eager": with_context("eager"), "a": with_context("a", source_shared="b")}
    )
    assert list(kept) == ["eager", "a"]
    assert len(notes) == 1 and notes[0].startswith("a: measured with other sources")


def test_baseline_is_used_only_when_comparable() -> None:
    eager, one = with_context("eager"), with_context("a")
    assert baseline_for(one, {"eager": eager, "a": one}) == (eager, "")
    assert baseline_for(one, {"a": one})[0] is None
    other = with_context("a", memory="64M")
    base, note = baseline_for(other, {"eager": eager, "a": other})
    assert base is None and "memory 64M and 512M" in note


def make_sources(root: Path) -> None:
    for name, text in {
        "kernel/mm/frame.c": "int a;",
        "variants/v/variant.h": "// v",
        "variants/v/README.md": "about",
        "variants/w/variant.h": "// w",
        "variants/common/README.md": "about",
        "bench/guest/fork.c": "int b;",
        "Makefile": "all:",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_source_hash_is_of_contents_not_of_places(tmp_path: Path) -> None:
    make_sources(tmp_path / "one")
    make_sources(tmp_path / "another" / "place")
    one = source_hash(tmp_path / "one", variant="v")
    assert one == source_hash(tmp_path / "another" / "place", variant="v")
    assert one != source_hash(tmp_path / "one", variant="w")
    assert one != source_hash(tmp_path / "one")


@pytest.mark.parametrize(
    "name, matters",
    [
        ("kernel/mm/frame.c", True),
        ("variants/v/variant.h", True),
        ("bench/guest/fork.c", True),
        ("Makefile", True),
        ("tools/mkfs.c", True),
        ("bench/host/running/measure.py", True),
        ("bench/host/running/boot_rounds.py", True),
        ("bench/host/text.py", False),
        ("variants/v/README.md", False),
        ("variants/w/variant.h", False),
        ("results/v.json", False),
    ],
)
def test_source_hash_sees_what_goes_into_image_and_measuring(
    tmp_path: Path, name: str, matters: bool
) -> None:
    make_sources(tmp_path)
    before = source_hash(tmp_path, variant="v")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("changed")
    assert (source_hash(tmp_path, variant="v") != before) == matters


def test_sources_of_the_hash_are_there() -> None:
    """One that was moved would be left out unseen."""
    assert [name for name in SHARED_SOURCES if not (ROOT / name).exists()] == []


def test_source_hash_sees_a_file_that_moved(tmp_path: Path) -> None:
    make_sources(tmp_path)
    before = source_hash(tmp_path)
    (tmp_path / "kernel/mm/frame.c").rename(tmp_path / "kernel/mm/frames.c")
    assert source_hash(tmp_path) != before


def test_variants_are_the_folders_with_a_variant_h(tmp_path: Path) -> None:
    make_sources(tmp_path)
    (tmp_path / "variants/eager").mkdir()
    (tmp_path / "variants/eager/variant.h").touch()
    assert all_variants(tmp_path) == ["eager", "v", "w"]
    check_variant(tmp_path, "v")
    with pytest.raises(BenchError, match="no variant 'common' .* exist: eager, v, w"):
        check_variant(tmp_path, "common")


def test_order_is_the_baseline_then_by_name() -> None:
    assert ordered({"z", "eager", "a"}) == ["eager", "a", "z"]


def test_flags_with_places_are_left_out() -> None:
    flags = "-O2 -ffile-prefix-map=/home/me=. -I kernel -Iuser/include -DVARIANT='\"v\"' -Wall"
    assert lasting(flags) == "-O2 -Wall"
