"""Results of one variant as files: <variant>.json with every sample, and <variant>.csv, a table of the
medians to be read and compared by eye.

Of samples in a row that are equal the file has one row, with their number. Both files depend on the run
and its context only, so that equal runs give equal files.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, repeat
from pathlib import Path
from typing import Any

from bench.host import interrupts
from bench.host.errors import BenchError
from bench.host.measured import Benchmark, Results, Sample, in_layout, plain
from bench.host.running.protocol import COUNTERS, Run

FORMAT = 3  # of the files; raised when an older reader would misunderstand them

# Of each sample, beside its counters and values: the operations, and the time of all of them.
OPS, TIME = "ops", "time"

# In the context: the names of the events that the probe has seen, and the geometries of its cores.
EVENTS, CORES = "events", "cores"


def gathered(
    context: dict[str, Any], runs: dict[int, Run], machines: dict[str, dict[str, int]]
) -> Results:
    """The results of the runs of one variant, by layout; layout 0 is the full set. `machines` says what
    was unusual about the machine of a family."""
    full = runs[0]
    context = {"format": FORMAT} | context
    context |= {"firmware": full.firmware, "layouts": sorted(runs)} | full.header
    context["machines"] = {family: needs for family, needs in machines.items() if needs}
    benchmarks = {}
    for layout, run in sorted(runs.items()):
        for found in run.benchmarks:
            name = in_layout(found.name, layout)
            benchmarks[name] = replace(found, name=name)
    return signed(Results(context["variant"], context | _probed(benchmarks), benchmarks))


def _probed(benchmarks: dict[str, Benchmark]) -> dict[str, Any]:
    """The names of all events that happened, if the probe was there: the order of the numbers below."""
    names: dict[str, None] = {}
    for found in benchmarks.values():
        for sample in _all_samples(found):
            names |= dict.fromkeys(sample.events)
    return {EVENTS: sorted(names)} if names else {}


def _all_samples(found: Benchmark) -> list[Sample]:
    return [*([] if found.first is None else [found.first]), *found.samples]


def with_events_of(new: Results, old: Results) -> Results:
    """Results that were measured without the probe, with the events of earlier ones, where everything else
    is the same: the same machine does the same again. Otherwise as they are."""
    alike = all(new.context.get(key) == old.context.get(key) for key in ("images", "qemu", "heap"))
    if EVENTS not in old.context or not alike or new.benchmarks.keys() != old.benchmarks.keys():
        return new
    if any(_without_events(old.benchmarks[key]) != found for key, found in new.benchmarks.items()):
        return new
    context = {key: new.context.get(key, each) for key, each in old.context.items()}
    return signed(Results(new.variant, context | new.context, old.benchmarks))


def _without_events(found: Benchmark) -> Benchmark:
    first = None if found.first is None else replace(found.first, events={})
    return replace(found, first=first, samples=[replace(s, events={}) for s in found.samples])


def signed(results: Results) -> Results:
    """With the hash of all the rest in the context: a file that was changed by hand has another."""
    context = {key: value for key, value in results.context.items() if key != "digest"}
    text = to_json(replace(results, context=context))
    context["digest"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return replace(results, context=context)


def to_json(results: Results) -> str:
    """A row of samples is a line: a difference between two runs shows as the lines that differ."""
    context = json.dumps(results.context, indent=2).replace("\n", "\n  ")
    events = results.context.get(EVENTS, [])
    texts = [_benchmark_text(each, events) for each in results.benchmarks.values()]
    benchmarks = ",\n".join(texts)
    return f'{{\n  "context": {context},\n  "benchmarks": [\n{benchmarks}\n  ]\n}}\n'


def _benchmark_text(found: Benchmark, events: list[str]) -> str:
    """The columns name all that a sample holds: with the number that all samples agree in, or without
    one (null) where each row has its own."""
    samples = [_numbers(sample) for sample in found.samples]
    first = [] if found.first is None else [_numbers(found.first)]
    columns = {
        key: number if all(each[key] == number for each in [*samples, *first]) else None
        for key, number in samples[0].items()
    }
    rows, firsts = ([_row(each, columns) for each in several] for several in (samples, first))
    counted = [[len(list(equal)), *row] for row, equal in groupby(rows)]
    parts = {"name": found.name, "unit": found.unit, "rejected": found.rejected, "columns": columns}
    parts |= {"first": first for first in firsts}
    texts = [f'"{key}": {json.dumps(part)}' for key, part in parts.items()]
    texts.append(_rows_text("rows", counted))
    if any(sample.events for sample in found.samples):
        texts += _events_texts(found, events)
    return "    {" + ",\n      ".join(texts) + "}"


def _rows_text(name: str, rows: list[list[int]]) -> str:
    lines = ",\n        ".join(map(json.dumps, rows))
    return f'"{name}": [\n        {lines}\n      ]'


def _events_texts(found: Benchmark, names: list[str]) -> list[str]:
    """As the rest: a number for each event that all samples agree in, or null and a number in each row.
    The first iteration has the first row."""
    samples = [[sample.events.get(name, 0) for name in names] for sample in _all_samples(found)]
    shared = [numbers[0] if len(set(numbers)) == 1 else None for numbers in zip(*samples)]
    rows = [[n for n, all_have in zip(each, shared) if all_have is None] for each in samples]
    counted = [[len(list(equal)), *row] for row, equal in groupby(rows)]
    return [f'"event_columns": {json.dumps(shared)}', _rows_text("event_rows", counted)]


def _row(numbers: dict[str, int], columns: dict[str, int | None]) -> list[int]:
    return [numbers[key] for key, shared in columns.items() if shared is None]


def _numbers(sample: Sample) -> dict[str, int]:
    """All that a sample holds, by name."""
    time = {} if sample.cycles is None else {TIME: sample.cycles}
    return {OPS: sample.ops} | time | sample.counters | sample.values


def read(doc: dict[str, Any]) -> Results:
    """The results that a file holds, parsed, and of the right shape."""
    context = doc["context"]
    events = context.get(EVENTS, [])
    benchmarks = {each["name"]: _benchmark(each, events) for each in doc["benchmarks"]}
    return Results(context["variant"], context, benchmarks)


def _benchmark(doc: dict[str, Any], names: list[str]) -> Benchmark:
    happened = _events(doc, names)

    def sample(row: list[int]) -> Sample:
        rest = iter(row)
        numbers = {key: next(rest) if n is None else n for key, n in doc["columns"].items()}
        ops, cycles = numbers.pop(OPS), numbers.pop(TIME, None)
        counters = {key: n for key, n in numbers.items() if key in COUNTERS}
        values = {key: n for key, n in numbers.items() if key not in COUNTERS}
        return Sample(cycles, ops, values, counters, next(happened))

    return Benchmark(
        name=doc["name"],
        unit=doc["unit"],
        timed=TIME in doc["columns"],
        first=sample(doc["first"]) if "first" in doc else None,
        samples=[sample(row) for count, *row in doc["rows"] for _ in range(count)],
        rejected=doc["rejected"],
    )


def _events(doc: dict[str, Any], names: list[str]) -> Iterator[dict[str, int]]:
    """Of each sample, in their order; none, again and again, where there was no probe."""
    for count, *row in doc.get("event_rows", []):
        rest = iter(row)
        numbers = [next(rest) if n is None else n for n in doc["event_columns"]]
        yield from [{name: n for name, n in zip(names, numbers) if n}] * count
    yield from repeat({})


# What the table of medians says of each benchmark before its values.
HEAD = ("name", "family", "pages", "parameters", "layout", "unit", "samples")


def to_csv(results: Results) -> str:
    """A line for each benchmark, a column for each median."""
    every = results.benchmarks.values()
    keys = dict.fromkeys(key for found in every for key in found.keys)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HEAD, results.context["unit"], *keys])
    for found in every:
        medians = [found.time(), *map(found.value, keys)]
        writer.writerow([*_head(found), *("" if m is None else plain(m) for m in medians)])
    return text.getvalue()


def _head(found: Benchmark) -> list[str | int]:
    others = [f"{key}:{value}" for key, value in found.parameters.items() if key != "pages"]
    pages: int | str = "" if found.pages is None else found.pages
    unit, count = found.unit, found.repetitions
    return [found.usual_name, found.family, pages, " ".join(others), found.layout, unit, count]


def store(folder: Path, results: Results) -> tuple[Path, Path]:
    """Write <variant>.json and <variant>.csv, both or none; gives their paths."""
    paths = folder / f"{results.variant}.json", folder / f"{results.variant}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    write_all(dict(zip(paths, (to_json(results), to_csv(results)))))
    return paths


def write_all(texts: dict[Path, str]) -> None:
    """Replace files as a whole: until all are written beside their places, none is touched."""
    ready: list[tuple[str, Path]] = []
    try:
        for path, text in texts.items():
            if path.is_dir():
                raise BenchError(f"{path} is a folder, where a result file belongs")
            if path.exists() and not path.is_file():
                raise BenchError(f"{path} is a device or a pipe, which no file can replace")
            with interrupts.put_off():
                handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
                ready.append((name, path))
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.chmod(name, 0o644)
        with interrupts.put_off():
            while ready:
                os.replace(*ready[0])
                ready.pop(0)
    finally:
        for name, _ in ready:
            os.unlink(name)
