"""bench.host.stored.results and what stands around it: statistics, both files, and that they are written
whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.host import interrupts
from bench.host.errors import BenchError
from bench.host.measured import Benchmark, Results, Sample, value_unit
from bench.host.running.context import lasting
from bench.host.running.images import image_hash, images
from bench.host.running.machine import ROOT, MachineConfig
from bench.host.running.protocol import Run
from bench.host.stored.collection import baseline_for, comparable
from bench.host.stored.export import to_google
from bench.host.stored.results import gathered, read, signed, store, to_csv, to_json, write_all
from bench.host.variants import all_variants, check_variant, ordered

CONTEXT = {"variant": "v", "unit": "instructions", "memory": "512M", "images": {"bench.img": "a"}}


def benchmark(name: str, cycles: list[int], ops: int = 1, first: int | None = None) -> Benchmark:
    counters = {"forks": 1, "pages_shared": 7, "pages_copied": 2, "faults_copy": 1}

    def sample(value: int) -> Sample:
        return Sample(value, ops, {"frames_peak": 4 * value}, dict(counters))

    samples = [sample(value) for value in cycles]
    return Benchmark(name, "fork", True, None if first is None else sample(first), samples, 3)


def some(*benchmarks: Benchmark, layouts: dict[int, list[Benchmark]] | None = None) -> Results:
    runs = {0: Run("OpenSBI v1", {"timer_overhead": 1}, list(benchmarks))}
    runs |= {seed: Run("OpenSBI v1", {}, found) for seed, found in (layouts or {}).items()}
    return gathered(CONTEXT, runs, {"fork": {}, "fork_wide": {"processes": 300}})


def read_back(found: Results) -> Results:
    return read(json.loads(to_json(found)))


def test_statistics_are_those_of_the_samples() -> None:
    cycles = [10, 40, 20, 90, 30]
    found = benchmark("fork/pages:4", cycles)
    assert found.time("median") == 30
    assert found.time("mean") == 38
    assert (found.time("min"), found.time("max")) == (10, 90)
    assert found.time("stddev") == pytest.approx(statistics.stdev(cycles))
    assert found.repetitions == 5


def test_first_iteration_is_in_no_statistic() -> None:
    found = some(benchmark("fork/pages:4", [10, 20], first=90), benchmark("null", [5]))
    assert found.time("fork/pages:4", "first") == 90
    assert found.value("fork/pages:4", "frames_peak", "first") == 360
    assert (found.time("fork/pages:4"), found.time("fork/pages:4", "max")) == (15, 20)
    assert found.benchmarks["fork/pages:4"].repetitions == 2
    assert found.time("null", "first") is None


def test_a_name_says_family_parameters_and_layout() -> None:
    touch = benchmark("fork_touch/pages:1024/percent:50", [9])
    assert (touch.family, touch.parameters) == ("fork_touch", {"pages": 1024, "percent": 50})
    assert (touch.pages, touch.layout) == (1024, 0)
    other = benchmark("fork_wide/children:3/layout:2", [8])
    assert (other.parameters, other.pages, other.layout) == ({"children": 3}, None, 2)


def test_unusual_machines_are_in_the_context() -> None:
    context = some(benchmark("fork/pages:4", [10])).context
    assert context["machines"] == {"fork_wide": {"processes": 300}}


def test_digest_shows_what_was_changed_by_hand() -> None:
    found = some(benchmark("fork/pages:4", [10, 20]))
    digest = found.context["digest"]
    assert signed(found).context["digest"] == digest
    changes: list[Callable[[Any], object]] = [
        lambda doc: doc["benchmarks"][0]["rows"][0].__setitem__(1, 11),
        lambda doc: doc["benchmarks"][0]["rows"].pop(),
        lambda doc: doc["benchmarks"][0].update(rejected=2),
        lambda doc: doc["context"].update(memory="1G"),
    ]
    for change in changes:
        doc = json.loads(to_json(found))
        change(doc)
        assert signed(read(doc)).context["digest"] != doc["context"]["digest"] == digest


def test_time_is_per_operation() -> None:
    found = benchmark("write_copy/pages:4", [1000, 1004], ops=4)
    assert [sample.time for sample in found.samples] == [250, 251]


def test_p99_needs_100_samples_and_is_the_nearest_rank() -> None:
    assert benchmark("null", list(range(99))).time("p99") is None
    assert benchmark("null", list(range(1, 101))).time("p99") == 99
    assert benchmark("null", list(range(1, 1001))).time("p99") == 990


def test_single_sample_has_no_spread() -> None:
    assert benchmark("null", [5]).time("stddev") == 0


def test_resident_pages_are_what_fork_handed_on() -> None:
    assert benchmark("fork/pages:4", [9]).value("resident_pages") == 7 + 2 - 1


def test_layouts_are_benchmarks_of_their_own() -> None:
    found = some(benchmark("fork/pages:4", [10]), layouts={2: [benchmark("fork/pages:4", [12])]})
    assert found.context["layouts"] == [0, 2]
    assert (found.time("fork/pages:4"), found.time("fork/pages:4/layout:2")) == (10, 12)


@pytest.mark.parametrize(
    "cycles, rows", [([7] * 100, 1), ([7, 7, 8, 7], 3), ([1, 2, 3], 3), ([5], 1)]
)
def test_equal_samples_in_a_row_are_one_row_and_nothing_is_lost(
    cycles: list[int], rows: int
) -> None:
    found = some(benchmark("fork/pages:4", cycles, first=9), benchmark("null", [3]))
    assert len(json.loads(to_json(found))["benchmarks"][0]["rows"]) == rows
    assert read_back(found) == found


def test_order_and_what_has_no_time_are_kept() -> None:
    memory = Benchmark("memory/pages:4", "fork", False, None, [Sample(None, 1, {"x": 3}, {})])
    samples = [Sample(9, 2, {"z": 1, "y": n, "x": 1}, {"exits": n}) for n in range(4)]
    found = some(Benchmark("smp", "fork", True, None, samples), memory)
    again = read_back(found)
    assert again == found
    assert again.benchmarks["memory/pages:4"].time() is None
    assert again.values() == {"smp": ["z", "y", "x"], "memory": ["x"]}
    assert to_csv(again) == to_csv(found)


def test_export_has_what_readers_of_the_format_need() -> None:
    doc = json.loads(
        to_google(
            some(
                benchmark("fork/pages:4", [10, 20], first=8),
                layouts={2: [benchmark("fork/pages:4", [12])]},
            )
        )
    )
    assert set(doc) == {"context", "benchmarks"}
    assert doc["context"]["num_cpus"] == 1 and doc["context"]["variant"] == "v"
    for entry in doc["benchmarks"]:
        assert entry["time_unit"] == "ns"
        assert entry["real_time"] == entry["cpu_time"]
        assert entry["run_type"] in ("iteration", "aggregate")
    chosen = [e for e in doc["benchmarks"] if e["run_name"] == "fork/pages:4"]
    samples = [e for e in chosen if e["run_type"] == "iteration"]
    assert [(e["repetition_index"], e["real_time"]) for e in samples] == [(0, 10), (1, 20)]
    assert {(e["name"], e["frames_peak"]) for e in samples} == {
        ("fork/pages:4", 40),
        ("fork/pages:4", 80),
    }
    aggregates = {e["name"]: e["real_time"] for e in chosen if e["run_type"] == "aggregate"}
    names = ("mean", "median", "stddev", "min", "max", "first")
    assert list(aggregates) == [f"fork/pages:4_{name}" for name in names]
    assert (aggregates["fork/pages:4_median"], aggregates["fork/pages:4_first"]) == (15, 8)
    assert "fork/pages:4/layout:2_median" in {e["name"] for e in doc["benchmarks"]}


def test_csv_holds_each_median_once() -> None:
    name = "fork_touch/pages:4/percent:50/children:2"
    found = some(
        benchmark(name, [7, 8, 8], first=8),
        Benchmark("null", "call", True, None, [Sample(3, 1, {}, {"forks": 0})]),
        layouts={2: [benchmark("fork/pages:4", [4])]},
    )
    touch, null, fork = csv.DictReader(io.StringIO(to_csv(found)))
    columns = ("name", "family", "pages", "parameters", "layout", "unit", "samples")
    assert [[row[column] for column in columns] for row in (touch, null, fork)] == [
        [name, "fork_touch", "4", "percent:50 children:2", "0", "fork", "3"],
        ["null", "null", "", "", "0", "call", "1"],
        ["fork/pages:4", "fork", "4", "", "2", "fork", "1"],
    ]
    keys = ("instructions", "forks", "pages_shared", "resident_pages", "frames_peak")
    assert [[row[key] for key in keys] for row in (touch, null, fork)] == [
        ["8", "1", "7", "8", "32"],
        ["3", "0", "", "", ""],
        ["4", "1", "7", "8", "16"],
    ]


@pytest.mark.parametrize(
    "name, unit",
    [("frames_peak", "frames"), ("instructions_pause", "instructions"), ("faults_copy", "events")]
    + [("metadata_bytes", "bytes"), ("pages_copied", "pages"), ("children", "children")],
)
def test_the_words_of_a_name_tell_its_unit(name: str, unit: str) -> None:
    assert value_unit(name) == unit


def test_both_files_are_stored(tmp_path: Path) -> None:
    found = some(benchmark("fork/pages:4", [10, 20]))
    written, table = store(tmp_path / "results", found)
    assert (written.read_text(), table.read_text()) == (to_json(found), to_csv(found))
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


def test_other_images_are_noted() -> None:
    other = {"bench.img": "b", "a/kernel.elf": "c"}
    kept, notes = comparable({"eager": with_context("eager"), "a": with_context("a", images=other)})
    assert list(kept) == ["eager", "a"]
    assert notes == ["a: measured with another bench.img than eager"]


def test_baseline_is_used_only_when_comparable() -> None:
    eager, one = with_context("eager"), with_context("a")
    assert baseline_for(one, {"eager": eager, "a": one}) == (eager, "")
    assert baseline_for(one, {"a": one})[0] is None
    other = with_context("a", memory="64M")
    base, note = baseline_for(other, {"eager": eager, "a": other})
    assert base is None and "memory 64M and 512M" in note


SOURCE = """// a comment
int changes = 1;
void _start(void) { for (;;) changes++; }
"""


def a_kernel(path: Path, source: str) -> Path:
    """A file as the linker makes it, from this C text, with what debuggers need."""
    path.parent.mkdir()
    path.with_suffix(".c").write_text(source)
    command = ["riscv64-unknown-elf-gcc", "-g", "-nostdlib", "-Wl,--build-id=none", "-o", path.name]
    subprocess.run([*command, path.with_suffix(".c").name], cwd=path.parent, check=True)
    return path


def test_hash_of_a_kernel_is_of_what_is_loaded(tmp_path: Path) -> None:
    one = a_kernel(tmp_path / "a" / "kernel.elf", SOURCE)
    commented = a_kernel(tmp_path / "b" / "kernel.elf", SOURCE.replace("comment", "\n\n// new"))
    assert one.read_bytes() != commented.read_bytes()
    assert image_hash(one) == image_hash(commented)
    for number, (old, new) in enumerate((("= 1;", "= 2;"), ("++", "--"))):
        changed = a_kernel(tmp_path / f"c{number}" / "kernel.elf", SOURCE.replace(old, new))
        assert image_hash(changed) != image_hash(one)


def test_images_are_those_of_the_machines(tmp_path: Path) -> None:
    for name in ("v/kernel.elf", "bench.img"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    machine = MachineConfig(tmp_path / "v/kernel.elf", tmp_path / "bench.img")
    found = images([machine, machine], tmp_path)
    assert list(found) == ["bench.img", "v/kernel.elf"]
    (tmp_path / "bench.img").write_text("another")
    again = images([machine], tmp_path)
    assert [name for name in found if found[name] != again[name]] == ["bench.img"]


def test_variants_are_the_folders_with_a_variant_h(tmp_path: Path) -> None:
    (tmp_path / "variants/common").mkdir(parents=True)
    for name in ("w", "v", "eager"):
        (tmp_path / "variants" / name).mkdir()
        (tmp_path / "variants" / name / "variant.h").touch()
    assert all_variants(tmp_path) == ["eager", "v", "w"]
    check_variant(tmp_path, "v")
    with pytest.raises(BenchError, match="no variant 'common' .* exist: eager, v, w"):
        check_variant(tmp_path, "common")


def test_order_is_the_baseline_then_by_name() -> None:
    assert ordered({"z", "eager", "a"}) == ["eager", "a", "z"]


def test_flags_with_places_are_left_out() -> None:
    flags = "-O2 -ffile-prefix-map=/home/me=. -I kernel -Iuser/include -DVARIANT='\"v\"' -Wall"
    assert lasting(flags) == "-O2"
