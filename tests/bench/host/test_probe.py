"""What the probe writes of a machine: read, held against what the runner says, and stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.host.analysis import cost
from bench.host.cores import load
from bench.host.errors import BenchError
from bench.host.measured import Benchmark, Results, Sample
from bench.host.running import probe
from bench.host.running.protocol import ProtocolError, Run, with_events
from bench.host.stored import check, results

TEXT = """\
probe 1
program instructions loads traps_call
core u74 l1d_misses l2_misses
sample user=4,1,1,0,0 kernel=96,20,0,5,1
sample
end 2
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "probe.out"
    path.write_text(text)
    return path


def test_events_are_named_by_mode_and_core(tmp_path: Path) -> None:
    first, second = probe.read(written(tmp_path, TEXT)).samples
    assert first == {
        "user/instructions": 4,
        "user/loads": 1,
        "user/traps_call": 1,
        "kernel/instructions": 96,
        "kernel/loads": 20,
        "kernel/u74/l1d_misses": 5,
        "kernel/u74/l2_misses": 1,
    }
    assert second == {}
    assert probe.instructions(first) == 100


def test_instructions_of_a_profile(tmp_path: Path) -> None:
    line = "instruction ffffffffc0000010 80200010 13 kernel 7,0,0,2\n"
    (found,) = probe.read(written(tmp_path, TEXT.replace("end", line + "end"))).profiles[1]
    assert (found.address, found.mode) == (0xFFFFFFFFC0000010, "kernel")
    assert found.events == {"instructions": 7, "u74/l1d_misses": 2}


@pytest.mark.parametrize("text", ["", "probe 1\n", TEXT.replace("end 2\n", ""), "probe 2\nend 0\n"])
def test_a_file_that_is_not_whole(tmp_path: Path, text: str) -> None:
    with pytest.raises(BenchError, match="not whole"):
        probe.read(written(tmp_path, text or "\n"))
    with pytest.raises(BenchError, match="can be read"):
        probe.read(tmp_path / "missing")


def test_options_survive_commas(tmp_path: Path) -> None:
    plugin = probe.Probe(tmp_path / "a,b.so", ("u74/l1i:1",), profile=3)
    _, text = plugin.options(Path("/tmp/o,p"))
    words = text.replace(",,", "\0").split(",")
    assert words[0].replace("\0", ",") == f"file={tmp_path}/a,b.so"
    assert words[1].replace("\0", ",") == "out=/tmp/o,p"
    assert words[-1] == "profile=3"


def test_a_program_that_is_no_qemu_with_plugins(tmp_path: Path) -> None:
    assert "no-such-qemu" in str(probe.missing(tmp_path / "probe.so", "no-such-qemu"))
    refuses = tmp_path / "qemu"
    refuses.write_text("#!/bin/sh\necho 'no plugins here' >&2; exit 1\n")
    refuses.chmod(0o755)
    assert probe.missing(tmp_path / "probe.so", str(refuses)) == "no plugins here"


KERNEL = Path("kernel.elf")  # whose names nothing here asks for


def run_of(*cycles: int) -> Run:
    first, *rest = (Sample(each, 1, {}, {"forks": 0}) for each in cycles)
    return Run(benchmarks=[Benchmark("null", "call", True, first, rest)])


def watched(*instructions: int) -> probe.Watched:
    return probe.Watched([{"kernel/instructions": each} for each in instructions], {})


def test_events_go_to_their_samples() -> None:
    (found,) = with_events(run_of(9, 7, 8), watched(9, 7, 8), KERNEL).benchmarks
    assert found.first and found.first.events == {"kernel/instructions": 9}
    assert [each.events["kernel/instructions"] for each in found.samples] == [7, 8]


@pytest.mark.parametrize(
    ("instructions", "message"),
    [
        ((9, 7), "fewer samples"),
        ((9, 7, 8, 8), "more samples"),
        ((9, 7, 9), "null: the probe has seen 9 instructions, the machine's clock 8"),
    ],
)
def test_a_probe_that_has_seen_something_else(instructions: tuple[int, ...], message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        with_events(run_of(9, 7, 8), watched(*instructions), KERNEL)


def stored(tmp_path: Path) -> Path:
    (found,) = with_events(run_of(100, 100, 100), watched(100, 100, 100), KERNEL).benchmarks
    events = {"kernel/u74/l1d_misses": 5, "kernel/traps_store": 1}
    found.samples[1] = replace(found.samples[1], events=found.samples[1].events | events, values={})
    context = {
        "variant": "v",
        "heap": "eager",
        "unit": "instructions",
        "clock": "icount",
        "harts": 1,
        "memory": "512M",
        "arguments": [],
        "images": {},
        "flags": "",
        "compiler": "",
        "qemu": "",
        "cores": {"u74": load("u74").shape()},
    }
    run = Run(benchmarks=[found])
    path, _ = results.store(tmp_path, results.gathered(context, {0: run}, {}))
    return path


def test_events_are_stored_as_they_were(tmp_path: Path) -> None:
    found = check.load(stored(tmp_path)).benchmarks["null"]
    assert found.first and found.first.events == {"kernel/instructions": 100}
    assert found.samples[0].events == {"kernel/instructions": 100}
    assert found.samples[1].events["kernel/u74/l1d_misses"] == 5
    assert found.samples[1].events["kernel/traps_store"] == 1


def test_events_that_were_changed_by_hand(tmp_path: Path) -> None:
    path = stored(tmp_path)
    text = path.read_text()
    assert '"event_rows": [\n        [2, 0, 0],\n        [1, 1, 5]' in text, text
    for old, new, message in (
        ("[1, 1, 5]", "[1, 1, 6]", "digest"),
        ("[1, 1, 5]", "[1, 1]", "a row has 1 numbers in place of 2"),
        ("[2, 0, 0]", "[1, 0, 0]", "events of 2 samples in place of 3"),
        ('"event_columns": [', '"event_columns": [3, ', "for each of the context's events"),
    ):
        path.write_text(text.replace(old, new))
        with pytest.raises(BenchError, match=message):
            check.load(path)


def test_estimates_of_stored_results(tmp_path: Path) -> None:
    found = check.load(stored(tmp_path))
    u74 = load("u74")
    assert cost.simulated_as(found, u74) == "u74"
    assert cost.simulated_as(found, load("rocket")) is None
    assert cost.in_cycles(found, load("rocket")) is None
    # The median of two is the lower one, which has neither misses nor traps.
    parts = cost.stack(found.benchmarks["null"], u74, "u74")
    assert parts == {**dict.fromkeys(parts, 0.0), "instructions": 100 * u74.cycles.instruction}
    estimated = cost.in_cycles(found, u74)
    assert isinstance(estimated, Results)
    more = 5 * u74.cycles.l1_miss + u74.cycles.trap
    cycles = [each.cycles for each in estimated.benchmarks["null"].samples]
    assert cycles == [
        round(100 * u74.cycles.instruction),
        round(100 * u74.cycles.instruction + more),
    ]


def test_events_are_kept_where_nothing_has_changed(tmp_path: Path) -> None:
    old = check.load(stored(tmp_path))
    bare = {
        name: replace(
            found,
            first=found.first and replace(found.first, events={}),
            samples=[replace(each, events={}) for each in found.samples],
        )
        for name, found in old.benchmarks.items()
    }
    context = {k: v for k, v in old.context.items() if k not in ("events", "cores")}
    new = results.signed(Results("v", context, bare))
    assert results.with_events_of(new, old) == old
    other_kernel = replace(new, context=context | {"images": {"v/kernel.elf": "sha256:0"}})
    assert results.with_events_of(other_kernel, old) == other_kernel
    found = bare["null"]
    slower = replace(found, samples=[*found.samples[:-1], replace(found.samples[-1], cycles=101)])
    changed = replace(new, benchmarks={"null": slower})
    assert results.with_events_of(changed, old) == changed
    assert results.with_events_of(new, new) == new
