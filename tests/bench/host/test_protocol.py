"""bench.host.running.protocol: a good transcript is understood whole; each kind of damage is an error that
says what it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bench.host.running.machine import Outcome
from bench.host.running.protocol import ProtocolError, Reader, Run, Stopped

COUNTERS = dict.fromkeys(
    "faults_copy faults_reuse faults_zero faults_spurious faults_killed pages_copied pages_shared "
    "pages_zeroed forks execs exits switches ticks flushes_local flushes_switch frames_free_low "
    "frames_free metadata_bytes metadata_bytes_peak table_frames".split(),
    1,
)
FRAMES = {"frames_fork": 3, "frames_after_0": 3, "frames_after_exit": 0}

Line = str | dict[str, Any]


def run_line(benchmarks: int) -> dict[str, Any]:
    head = {"type": "run", "protocol": 2, "timer_overhead": 1, "benchmarks": benchmarks}
    return head | {"frames_total": 1000, "frames_free": 900, "metadata_bytes": 0}


def transcript() -> list[Line]:
    """Two benchmarks, one of them timed: what a good machine prints."""

    def begin(name: str, family: str, timed: bool) -> dict[str, Any]:
        head: dict[str, Any] = {
            "type": "begin",
            "name": name,
            "family": family,
            "parameters": {"pages": 4},
        }
        head |= {"unit": "fork", "timed": timed, "samples": 2, "warmup": 1}
        return head

    def sample(cycles: int, **head: Any) -> dict[str, Any]:
        time = {"cycles": cycles, "ops": 4, "values": {"frames_peak": 7}}
        return {"name": "fork/pages:4"} | head | time | {"counters": dict(COUNTERS)}

    def frames(index: int) -> dict[str, Any]:
        head = {"type": "sample", "name": "memory/pages:4", "index": index}
        return head | {"values": dict(FRAMES), "counters": dict(COUNTERS)}

    return [
        "",
        "OpenSBI v1.1",
        "  / __ \\",
        "cowshed: boot: cow-reuse, 1 hart",
        run_line(2),
        begin("fork/pages:4", "fork", True),
        sample(150, type="first"),
        sample(100, type="sample", index=0),
        sample(101, type="sample", index=1),
        {"type": "end", "name": "fork/pages:4", "rejected": 1},
        begin("memory/pages:4", "memory", False),
        frames(0),
        frames(1),
        {"type": "end", "name": "memory/pages:4", "rejected": 0},
        {"type": "done", "benchmarks": 2, "samples": 4},
        "cowshed: power off",
    ]


RUN, FORK, FIRST, SAMPLE, SAMPLE_1, END, MEMORY, FRAMES_0, DONE = 4, 5, 6, 7, 8, 9, 10, 11, 14


def plan_transcript() -> list[Line]:
    """What a good machine prints that only plans."""

    def plan(name: str, machine: dict[str, int], **parameters: int) -> dict[str, Any]:
        head = {"type": "plan", "name": name, "family": name.partition("/")[0]}
        return head | {"parameters": parameters, "samples": 3, "timed": True, "machine": machine}

    return [
        "OpenSBI v1.1",
        run_line(2),
        plan("fork_touch/pages:4/percent:50", {}, pages=4, percent=50),
        plan("capacity/pages:4", {"mebibytes": 128, "processes": 2000}, pages=4),
        {"type": "done", "benchmarks": 2, "samples": 0},
    ]


def read(lines: list[Line], **outcome: Any) -> Run:
    text = [line if isinstance(line, str) else "@ " + json.dumps(line) for line in lines]
    reader = Reader()
    for line in text:
        reader.feed(line)
    end: dict[str, Any] = {"status": 0, "lines": text, "timed_out": False, "seconds": 1.0}
    return reader.finish(Outcome(**(end | outcome)))


def test_good_transcript_is_understood() -> None:
    run = read(transcript())
    assert run.firmware == "OpenSBI v1.1"
    assert run.header["frames_total"] == 1000
    fork, memory = run.benchmarks
    assert (fork.name, fork.family, fork.parameters) == ("fork/pages:4", "fork", {"pages": 4})
    assert fork.rejected == 1
    assert [s.cycles for s in fork.samples] == [100, 101]
    assert fork.samples[0].counters["faults_copy"] == 1
    assert fork.samples[0].values == {"frames_peak": 7}
    assert [s.values["frames_fork"] for s in memory.samples] == [3, 3]
    assert memory.samples[0].cycles is None
    assert run.plan == []


def test_first_iteration_is_apart() -> None:
    fork, memory = read(transcript()).benchmarks
    assert fork.first is not None and fork.first.cycles == 150
    assert memory.first is None


def test_plan_says_what_would_run_and_where() -> None:
    run = read(plan_transcript())
    assert run.benchmarks == []
    touch, capacity = run.plan
    assert (touch.family, touch.parameters) == ("fork_touch", {"pages": 4, "percent": 50})
    assert (touch.samples, touch.machine) == (3, {})
    assert capacity.machine == {"mebibytes": 128, "processes": 2000}


def test_plan_is_checked_as_all_else() -> None:
    lines = plan_transcript()
    put(2, name="fork_touch/percent:50/pages:4")(lines)
    with pytest.raises(ProtocolError, match="says other than family and parameters"):
        read(lines)
    lines = plan_transcript()
    put(3, machine={"wheels": 4})(lines)
    with pytest.raises(ProtocolError, match="bad plan line: machine: 'wheels' is not one of"):
        read(lines)
    lines = plan_transcript()
    drop(3)(lines)
    with pytest.raises(ProtocolError, match="2 benchmarks announced, but 1 seen"):
        read(lines)


def test_a_benchmark_without_parameters_has_the_name_of_its_family() -> None:
    lines = transcript()
    for line in lines[FORK : END + 1]:
        assert isinstance(line, dict)
        line["name"] = "fork"
    put(FORK, parameters={})(lines)
    assert read(lines).benchmarks[0].parameters == {}


def put(place: int, **fields: Any) -> Callable[[list[Line]], None]:
    def change(lines: list[Line]) -> None:
        line = lines[place]
        assert isinstance(line, dict)
        line.update(fields)

    return change


def cut(place: int, *keys: str) -> Callable[[list[Line]], None]:
    def change(lines: list[Line]) -> None:
        line: Any = lines[place]
        for key in keys[:-1]:
            line = line[key]
        del line[keys[-1]]

    return change


def insert(place: int, line: Line) -> Callable[[list[Line]], None]:
    return lambda lines: lines.insert(place, line)


def drop(place: int) -> Callable[[list[Line]], None]:
    return lambda lines: lines.__delitem__(place)


def drop_from(place: int) -> Callable[[list[Line]], None]:
    return lambda lines: lines.__delitem__(slice(place, None))


DAMAGE = {
    "no JSON": (insert(SAMPLE, '@ {"type":"sam'), "not JSON"),
    "no number": (insert(SAMPLE, '@ {"type":"sample","cycles":NaN}'), "NaN is no number"),
    "no object": (insert(SAMPLE, "@ [1]"), "unknown type None"),
    "unknown type": (insert(SAMPLE, {"type": "hello"}), "unknown type 'hello'"),
    "type of a wrong type": (insert(SAMPLE, {"type": ["run"]}), "unknown type"),
    "stray text": (insert(SAMPLE, "yolk"), "garbage on the console: 'yolk'"),
    "stray bytes": (insert(SAMPLE, "\x00\x01"), "garbage on the console"),
    "other protocol": (put(RUN, protocol=1), "bad run line: protocol: 2 was expected"),
    "no run line": (drop(RUN), "begin line before run"),
    "two run lines": (lambda lines: lines.insert(FORK, lines[RUN]), "run line twice"),
    "cycles are text": (put(SAMPLE, cycles="100"), "cycles: '100' is not of type 'integer'"),
    "cycles are negative": (put(SAMPLE, cycles=-1), "-1 is less than the minimum"),
    "cycles are a fraction": (put(SAMPLE, cycles=1.5), "not of type 'integer'"),
    "no operations": (put(SAMPLE, ops=0), "ops: 0 is less than the minimum"),
    "no cycles": (cut(SAMPLE, "cycles"), "a sample of fork/pages:4 is timed, or is not, unlike"),
    "cycles without operations": (cut(SAMPLE, "ops"), "'ops' is a dependency of 'cycles'"),
    "time where none belongs": (
        put(FRAMES_0, cycles=5, ops=1),
        "a sample of memory/pages:4 is timed, or is not",
    ),
    "first comes late": (
        lambda lines: lines.insert(SAMPLE_1, lines[FIRST]),
        "a first line of fork/pages:4 that is not the first",
    ),
    "first comes twice": (
        lambda lines: lines.insert(SAMPLE, lines[FIRST]),
        "a first line of fork/pages:4 that is not the first",
    ),
    "first of another": (put(FIRST, name="null"), "a first line of null within fork/pages:4"),
    "counter is missing": (cut(SAMPLE, "counters", "faults_copy"), "'faults_copy' is a required"),
    "counter is negative": (
        put(SAMPLE, counters=COUNTERS | {"forks": -1}),
        "counters: forks: -1 is less",
    ),
    "counters change": (
        put(SAMPLE_1, counters=COUNTERS | {"more": 1}),
        "other counters than in the first sample",
    ),
    "sample is missing": (drop(SAMPLE), "sample 1 in place of 0"),
    "last sample is missing": (drop(SAMPLE_1), "ends with 1 samples in place of 2"),
    "sample comes twice": (lambda lines: lines.insert(SAMPLE, lines[SAMPLE]), "sample 0 in place"),
    "sample of another": (put(SAMPLE, name="null"), "a sample line of null within fork/pages:4"),
    "sample outside": (
        lambda lines: lines.insert(FORK, lines[SAMPLE]),
        "fork/pages:4 within no benchmark",
    ),
    "memory is lost": (
        put(FRAMES_0, values=FRAMES | {"frames_after_exit": 2}),
        "memory is lost: frames_after_exit is 2",
    ),
    "values change": (
        put(SAMPLE_1, values={"frames": 1}),
        "other values than in the first sample",
    ),
    "value is text": (put(SAMPLE, values={"frames": "1"}), "values: frames: '1' is not of type"),
    "name and parameters differ": (
        put(FORK, parameters={"pages": 5}),
        "the name fork/pages:4 says other",
    ),
    "name is no name": (put(FORK, name="Fork pages"), "name: 'Fork pages' does not match"),
    "benchmark has no end": (drop(END), "memory/pages:4 begins before fork/pages:4 ends"),
    "benchmark comes twice": (
        lambda lines: lines.__setitem__(slice(MEMORY, MEMORY), lines[FORK : END + 1]),
        "fork/pages:4 begins a second time",
    ),
    "benchmark is missing": (
        lambda lines: lines.__delitem__(slice(FORK, END + 1)),
        "2 benchmarks announced, but 1 seen",
    ),
    "wrong number of benchmarks": (put(DONE, benchmarks=3), "3 benchmarks, but 2 seen"),
    "wrong number of samples": (put(DONE, samples=5), "5 samples, but 4 seen"),
    "goes on after the end": (
        insert(DONE + 1, {"type": "done", "benchmarks": 2, "samples": 4}),
        "a done line after the end",
    ),
    "ends within a benchmark": (drop_from(SAMPLE_1), "ended too early, in fork/pages:4 after 1 of"),
    "ends between benchmarks": (drop_from(MEMORY), "ended too early, after fork/pages:4"),
    "says nothing": (drop_from(0), "ended too early, before the first benchmark"),
    "panics": (
        insert(SAMPLE, "cowshed: panic: no such frame"),
        "the kernel panicked in fork/pages:4 after 0 of 2 samples: no such frame",
    ),
    "panics within a line": (
        insert(SAMPLE, '@ {"type":"samcowshed: panic: out of stack'),
        "the kernel panicked .*: out of stack",
    ),
    "panics before the runner": (insert(RUN, "cowshed: panic: no init"), "panicked before the"),
    "gives up": (
        insert(SAMPLE, {"type": "error", "message": "fork failed"}),
        "the runner gave up in fork/pages:4 .*: fork failed",
    ),
    "gives up at once": (
        lambda lines: lines.__setitem__(slice(RUN, None), [{"type": "error", "message": "no"}]),
        "the runner gave up before the first benchmark: no",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_an_error_that_says_what_it_is(damage: str) -> None:
    change, message = DAMAGE[damage]
    lines = transcript()
    change(lines)
    with pytest.raises(ProtocolError, match=message) as caught:
        read(lines)
    if lines:
        assert caught.value.tail


ENDS: dict[str, tuple[dict[str, Any], str]] = {
    "status": ({"status": 7}, "exit status 7 in place of 0, after the last benchmark"),
    "time": ({"status": None, "timed_out": True}, "no end within the time limit of 1 s"),
    "flood": ({"status": None, "flooded": True}, "too much console output"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_complete_transcript_is_not_enough(end: str) -> None:
    outcome, message = ENDS[end]
    with pytest.raises(ProtocolError, match=message):
        read(transcript(), **outcome)


def test_what_qemu_says_is_in_the_last_lines() -> None:
    with pytest.raises(ProtocolError) as caught:
        read([], status=1, errors="could not load kernel")
    assert caught.value.tail == ["qemu: could not load kernel"]


def test_the_panic_is_the_cause_and_not_the_exit_status() -> None:
    with pytest.raises(ProtocolError, match="the kernel panicked"):
        read([*transcript()[:SAMPLE], "cowshed: panic: x", "registers: 1 2 3"], status=255)


def test_being_stopped_is_no_fault_of_the_machine() -> None:
    with pytest.raises(Stopped, match="stopped in fork/pages:4"):
        read(transcript()[:SAMPLE_1], status=None, stopped=True)
