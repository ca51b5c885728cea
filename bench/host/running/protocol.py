"""What the bench runner in the guest says: read line by line, checked strictly.

The guest prints JSON objects, one a line, each line starting with "@ ". The shape of each is in
protocol.schema.json; their order is checked here. Every deviation is a ProtocolError: a run is
either understood whole or not used.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jsonschema

from bench.host.errors import BenchError
from bench.host.measured import Benchmark, Sample, full_name
from bench.host.running import probe
from bench.host.running.machine import MachineConfig, Outcome, run

PREFIX = "@ "
PANIC = "cowshed: panic: "
KERNEL = "cowshed: "

# Console lines that an error message repeats.
TAIL_LINES = 12


class ProtocolError(BenchError):
    """A run that cannot be used; `tail` holds the last console lines."""


class Stopped(ProtocolError):
    """A run that was stopped from here."""


class GaveUp(ProtocolError):
    """A run that the runner itself ended; `reason` is what it says."""

    reason = ""


@dataclass(frozen=True)
class Planned:
    """A benchmark that the runner would run with these arguments."""

    name: str
    family: str
    parameters: dict[str, int]
    samples: int
    machine: dict[str, int]  # what is unusual about the machine that it needs
    timed: bool = True


@dataclass
class Run:
    """Everything that one machine measured."""

    firmware: str = "unknown"
    header: dict[str, int] = field(default_factory=dict)
    benchmarks: list[Benchmark] = field(default_factory=list)
    plan: list[Planned] = field(default_factory=list)  # of a machine that only plans
    # Of samples that the probe was asked for, by their number: 0 is the first one of all.
    profiles: dict[int, list[probe.Instruction]] = field(default_factory=dict)
    boot_seconds: float = 0.0  # real time from starting QEMU to the first line of the runner
    seconds: float = 0.0  # real time of the whole machine


_SCHEMA = json.loads(Path(__file__).with_name("protocol.schema.json").read_text())

# What the kernel counts in each sample; what else a sample has are its benchmark's own values.
COUNTERS = frozenset(_SCHEMA["$defs"]["counters"]["required"])


def _validators() -> dict[str, jsonschema.Draft202012Validator]:
    kinds = [k for k, v in _SCHEMA["$defs"].items() if "type" in v.get("properties", {})]
    return {
        kind: jsonschema.Draft202012Validator({**_SCHEMA, "$ref": f"#/$defs/{kind}"})
        for kind in kinds
    }


class Reader:
    """Takes console lines in `feed`, and gives the run in `finish` when all of it was there.

    `on_event` gets each checked object, for a progress display.
    """

    def __init__(self, on_event: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.run = Run()
        self._on_event = on_event
        self._validators = _validators()
        self._lines: list[str] = []
        self._current: Benchmark | None = None
        self._expected = 0  # samples of it
        self._done = False
        self._failure: str | None = None  # what the guest itself says; later lines follow from it
        self._reason: str | None = None  # what the runner says of it

    def feed(self, line: str) -> None:
        """Take one complete line; raises ProtocolError as soon as something is wrong."""
        self._lines.append(line)
        if self._failure is not None:
            return
        if PANIC in line:  # it may have cut into a line of the runner
            message = line[line.index(PANIC) + len(PANIC) :]
            self._failure = f"the kernel panicked {self._place()}: {message}"
        elif line.startswith(PREFIX):
            event = self._parse(line)
            getattr(self, f"_take_{event['type']}")(event)
            if self._on_event is not None:
                self._on_event(event)
        elif not self.run.header:
            if line.startswith("OpenSBI "):
                self.run.firmware = line.strip()
        elif line.strip() and not line.startswith(KERNEL):
            raise self._wrong(f"garbage on the console: {line!r}")

    def finish(self, outcome: Outcome) -> Run:
        """Check that the machine ended as it should, and give the run."""
        if outcome.stopped:
            raise Stopped(f"stopped {self._place()}")
        message = self._what_went_wrong(outcome)
        if self._reason is not None:
            error = GaveUp(message or self._reason, _tail(outcome))
            error.reason = self._reason
            raise error
        if message is not None:
            raise ProtocolError(message, _tail(outcome))
        self.run.seconds = outcome.seconds
        return self.run

    def _what_went_wrong(self, outcome: Outcome) -> str | None:
        """The first cause, not what followed from it."""
        place = self._place()
        if self._failure is not None:
            return self._failure
        if outcome.timed_out:
            return f"no end within the time limit of {outcome.seconds:.0f} s, {place}"
        if outcome.flooded:
            return f"too much console output, {place}"
        if outcome.status != 0:
            return f"exit status {outcome.status} in place of 0, {place}"
        if not self._done:
            return f'the machine ended too early, {place}: exit status 0, but no "done"'
        return None

    def _place(self) -> str:
        if self._current is not None:
            done = len(self._current.samples)
            return f"in {self._current.name} after {done} of {self._expected} samples"
        if self._done:
            return "after the last benchmark"
        if self.run.benchmarks:
            return f"after {self.run.benchmarks[-1].name}"
        return "before the first benchmark"

    def _wrong(self, message: str) -> ProtocolError:
        where = f"console line {len(self._lines)}, {self._place()}"
        return ProtocolError(f"{message} ({where})", self._lines[-TAIL_LINES:])

    def _parse(self, line: str) -> dict[str, Any]:
        try:
            event: dict[str, Any] = json.loads(line[len(PREFIX) :], parse_constant=_no_constant)
        except ValueError as error:
            raise self._wrong(f"not JSON after {PREFIX!r}: {error}") from None
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str) or kind not in self._validators:
            known = ", ".join(self._validators)
            raise self._wrong(f"unknown type {kind!r} of a line: it must be one of {known}")
        problem = jsonschema.exceptions.best_match(self._validators[kind].iter_errors(event))
        if problem is not None:
            where = "".join(f"{key}: " for key in problem.absolute_path)
            raise self._wrong(f"bad {kind} line: {where}{problem.message}")
        if self._done:
            raise self._wrong(f"a {kind} line after the end")
        if bool(self.run.header) == (kind == "run") and kind != "error":
            raise self._wrong(f"a {kind} line " + ("twice" if kind == "run" else "before run"))
        return event

    def _take_run(self, event: dict[str, Any]) -> None:
        self.run.header = {k: v for k, v in event.items() if isinstance(v, int)}

    def _take_begin(self, event: dict[str, Any]) -> None:
        if self._current is not None:
            raise self._wrong(f"{event['name']} begins before {self._current.name} ends")
        if any(b.name == event["name"] for b in self.run.benchmarks):
            raise self._wrong(f"{event['name']} begins a second time")
        self._check_name(event)
        self._current = Benchmark(event["name"], event["unit"], event["timed"])
        self._expected = event["samples"]

    def _check_name(self, event: dict[str, Any]) -> None:
        if event["name"] != full_name(event["family"], event["parameters"]):
            raise self._wrong(f"the name {event['name']} says other than family and parameters")

    def _take_plan(self, event: dict[str, Any]) -> None:
        self._check_name(event)
        self.run.plan.append(Planned(**{k: v for k, v in event.items() if k != "type"}))

    def _take_first(self, event: dict[str, Any]) -> None:
        benchmark = self._in_benchmark(event)
        if benchmark.first is not None or benchmark.samples:
            raise self._wrong(f"a first line of {benchmark.name} that is not the first")
        benchmark.first = self._sample(benchmark, event)

    def _take_sample(self, event: dict[str, Any]) -> None:
        benchmark = self._in_benchmark(event)
        if event["index"] != len(benchmark.samples):
            raise self._wrong(f"sample {event['index']} in place of {len(benchmark.samples)}")
        benchmark.samples.append(self._sample(benchmark, event))

    def _sample(self, benchmark: Benchmark, event: dict[str, Any]) -> Sample:
        if ("cycles" in event) != benchmark.timed:
            raise self._wrong(
                f"a sample of {benchmark.name} is timed, or is not, unlike the others"
            )
        sample = Sample(
            event.get("cycles"), event.get("ops", 1), event["values"], event["counters"]
        )
        if sample.values.get("frames_after_exit"):
            raise self._wrong(
                f"memory is lost: frames_after_exit is {sample.values['frames_after_exit']}"
            )
        before = benchmark.first or next(iter(benchmark.samples), sample)
        for what in ("counters", "values"):
            if getattr(sample, what).keys() != getattr(before, what).keys():
                raise self._wrong(f"other {what} than in the first sample of {benchmark.name}")
        return sample

    def _take_end(self, event: dict[str, Any]) -> None:
        benchmark = self._in_benchmark(event)
        if len(benchmark.samples) != self._expected:
            count = f"{len(benchmark.samples)} samples in place of {self._expected}"
            raise self._wrong(f"{benchmark.name} ends with {count}")
        benchmark.rejected = event["rejected"]
        self.run.benchmarks.append(benchmark)
        self._current = None

    def _take_done(self, event: dict[str, Any]) -> None:
        if self._current is not None:
            raise self._wrong(f"done before {self._current.name} ends")
        benchmarks = len(self.run.benchmarks) + len(self.run.plan)
        samples = sum(len(b.samples) for b in self.run.benchmarks)
        for what, said, seen in (
            ("benchmarks announced", self.run.header["benchmarks"], benchmarks),
            ("benchmarks", event["benchmarks"], benchmarks),
            ("samples", event["samples"], samples),
        ):
            if said != seen:
                raise self._wrong(f"{said} {what}, but {seen} seen")
        self._done = True

    def _take_error(self, event: dict[str, Any]) -> None:
        self._reason = event["message"]
        self._failure = f"the runner gave up {self._place()}: {self._reason}"

    def _in_benchmark(self, event: dict[str, Any]) -> Benchmark:
        if self._current is None or self._current.name != event["name"]:
            where = "no benchmark" if self._current is None else self._current.name
            raise self._wrong(f"a {event['type']} line of {event['name']} within {where}")
        return self._current


def measure(
    config: MachineConfig,
    on_event: Callable[[dict[str, Any]], None] | None = None,
    stop: threading.Event | None = None,
    watched_by: probe.Probe | None = None,
) -> Run:
    """Run a machine with the bench runner as init; raises ProtocolError or MachineError."""
    if watched_by is None:
        return _measure(config, on_event, stop)
    with tempfile.NamedTemporaryFile(prefix="cowshed-probe-") as file:
        out = Path(file.name)
        config = replace(config, extra=(*config.extra, *watched_by.options(out)))
        run = _measure(config, on_event, stop)
        return with_events(run, probe.read(out))


def with_events(found: Run, watched: probe.Watched) -> Run:
    """With the events of each sample. Those of the first iteration come before those of the samples."""
    rest = iter(watched.samples)
    try:
        for each in found.benchmarks:
            if each.first is not None:
                each.first = _with_events(each, each.first, next(rest))
            each.samples = [_with_events(each, sample, next(rest)) for sample in each.samples]
    except StopIteration:
        raise ProtocolError("the probe has seen fewer samples than the runner has taken") from None
    if next(rest, None) is not None:
        raise ProtocolError("the probe has seen more samples than the runner has taken")
    found.profiles = watched.profiles
    return found


def _with_events(benchmark: Benchmark, sample: Sample, events: dict[str, int]) -> Sample:
    seen = probe.instructions(events)
    if sample.cycles is not None and seen != sample.cycles:
        raise ProtocolError(
            f"{benchmark.name}: the probe has seen {seen} instructions, the machine's clock "
            f"{sample.cycles}"
        )
    return replace(sample, events=events)


def _measure(
    config: MachineConfig,
    on_event: Callable[[dict[str, Any]], None] | None,
    stop: threading.Event | None,
) -> Run:
    reader = Reader(on_event)
    start = time.monotonic()

    def take(line: str) -> None:
        first = not reader.run.header
        reader.feed(line)
        if first and reader.run.header:
            reader.run.boot_seconds = time.monotonic() - start

    return reader.finish(run(config, take, stop))


def _tail(outcome: Outcome) -> list[str]:
    lines = outcome.lines[-TAIL_LINES:]
    return lines + [f"qemu: {line}" for line in outcome.errors.splitlines()]


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")
