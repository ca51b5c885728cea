"""Results of one variant: results/<variant>.json in Google Benchmark's format, and the same as
tidy CSV, one row per value.

Both files depend on the run and its context only, so that equal runs give equal bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import statistics
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.host import interrupts
from bench.host.errors import BenchError
from bench.host.running.protocol import Benchmark, Run, Sample, full_name

FORMAT = 2  # of the files; raised when an older reader would misunderstand them
P99_SAMPLES = 100  # with fewer samples there is no p99

# Keys of an entry that say what it is; every other number in it is a measured value.
DESCRIPTION = (
    "name",
    "run_name",
    "run_type",
    "family",
    "pages",
    "parameters",
    "layout",
    "unit",
    "timed",
    "family_index",
    "per_family_instance_index",
    "repetitions",
    "repetition_index",
    "boot",  # under the wall clock: which of the machines took the sample
    "aggregate_name",
    "aggregate_unit",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "time_unit",
)
CSV_HEADER = (
    "variant",
    "name",
    "family",
    "pages",
    "parameters",  # the others
    "layout",
    "statistic",
    "repetition",
    "quantity",
    "unit",
    "value",
)

UNITS = ("nanoseconds", "frames", "bytes", "pages", "instructions", "percent", "children", "cases")

TIMES = ("instructions", "nanoseconds")  # what the unit of a context can be

Number = int | float
Entry = dict[str, Any]


def _p99(values: Sequence[Number]) -> Number:
    """The nearest rank: the smallest value that 99 % of the samples do not exceed."""
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]


def _stddev(values: Sequence[Number]) -> Number:
    """Of a sample (n - 1), as Google Benchmark has it; a single value has none."""
    if len(values) < 2:
        return 0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


STATISTICS: dict[str, Callable[[Sequence[Number]], Number]] = {
    "mean": lambda values: math.fsum(values) / len(values),
    "median": statistics.median,
    "stddev": _stddev,
    "min": min,
    "max": max,
    "p99": _p99,
}


@dataclass(frozen=True)
class Summary:
    """One benchmark of one variant, all repetitions together."""

    name: str
    family: str
    parameters: dict[str, int]
    layout: int  # seed of the layout of memory and image; 0 is the usual one
    unit: str
    timed: bool
    repetitions: int
    samples: list[Entry]  # in the order in which they were taken
    aggregates: dict[str, Entry]  # by statistic

    @property
    def pages(self) -> int | None:
        """Pages of the parent's heap, where they are a parameter."""
        return self.parameters.get("pages")

    def time(self, statistic: str = "median") -> float | None:
        """Instructions (or nanoseconds) per operation; None where the statistic was not made (p99)."""
        aggregate = self.aggregates.get(statistic)
        return None if aggregate is None or not self.timed else float(aggregate["real_time"])

    def value(self, key: str, statistic: str = "median") -> float | None:
        """A counter or a memory reading."""
        found = self.aggregates.get(statistic, {}).get(key)
        return None if found is None else float(found)


@dataclass(frozen=True)
class Results:
    """What results/<variant>.json holds."""

    variant: str
    context: dict[str, Any]
    summaries: dict[str, Summary]  # by name

    def time(self, name: str, statistic: str = "median") -> float | None:
        summary = self.summaries.get(name)
        return None if summary is None else summary.time(statistic)

    def value(self, name: str, key: str, statistic: str = "median") -> float | None:
        summary = self.summaries.get(name)
        return None if summary is None else summary.value(key, statistic)


def document(
    context: dict[str, Any], runs: dict[int, Run], machines: dict[str, dict[str, int]]
) -> dict[str, Any]:
    """The JSON document of the runs of one variant, by layout; layout 0 is the full set. `machines`
    says what was unusual about the machine of a family."""
    full = runs[0]
    context = {"format": FORMAT} | context
    context |= {"firmware": full.firmware, "layouts": sorted(runs)} | full.header
    context["machines"] = {family: needs for family, needs in machines.items() if needs}
    context["values"] = {b.family: list(b.samples[0].values) for b in full.benchmarks}
    families = list(context["values"])
    entries: list[Entry] = []
    for layout, run in sorted(runs.items()):
        instances = dict.fromkeys(families, 0)
        for benchmark in run.benchmarks:
            family = benchmark.family
            entries += _entries(benchmark, layout, families.index(family), instances[family])
            instances[family] += 1
    doc = {"context": context, "benchmarks": entries}
    context["digest"] = digest(doc)
    return doc


def digest(doc: dict[str, Any]) -> str:
    """A hash of all of a document but this one value: a file that was changed by hand has
    another."""
    context = {key: value for key, value in doc["context"].items() if key != "digest"}
    text = to_json({"context": context, "benchmarks": doc["benchmarks"]})
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _entries(benchmark: Benchmark, layout: int, family: int, instance: int) -> list[Entry]:
    run_name = benchmark.name + (f"/layout:{layout}" if layout else "")
    head: Entry = {
        "name": run_name,
        "family_index": family,
        "per_family_instance_index": instance,
        "run_name": run_name,
        "run_type": "iteration",
        "repetitions": len(benchmark.samples),
        "threads": 1,
    }
    pages = benchmark.parameters.get("pages")
    what: Entry = {
        "family": benchmark.family,
        **({} if pages is None else {"pages": pages}),
        "parameters": benchmark.parameters,
        "layout": layout,
        "unit": benchmark.unit,
        "timed": benchmark.timed,
    }

    def entry(sample: Sample) -> Entry:
        return {"iterations": sample.ops, **_times(sample), **what, **_values(sample)}

    repetitions = [
        {**head, "repetition_index": index, **_boot(sample), **entry(sample)}
        for index, sample in enumerate(benchmark.samples)
    ]
    keys = ["real_time", "cpu_time", *_values(benchmark.samples[0])]

    def aggregate(statistic: str, values: Entry) -> Entry:
        return {
            **head,
            "name": f"{run_name}_{statistic}",
            "run_type": "aggregate",
            "aggregate_name": statistic,
            "aggregate_unit": "time",
            "iterations": len(repetitions),
            "time_unit": "ns",
            **what,
            **{key: plain(values[key]) for key in keys},
            "rejected": benchmark.rejected,
        }

    aggregates = [
        aggregate(statistic, {key: function([r[key] for r in repetitions]) for key in keys})
        for statistic, function in STATISTICS.items()
        if statistic != "p99" or len(repetitions) >= P99_SAMPLES
    ]
    if benchmark.first is not None:
        aggregates.append(aggregate("first", entry(benchmark.first)))
    return repetitions + aggregates


def _boot(sample: Sample) -> Entry:
    return {} if sample.boot is None else {"boot": sample.boot}


def _times(sample: Sample) -> Entry:
    """Time per operation. What is not timed has time 0, as tools that read the format want one."""
    time = plain((sample.cycles or 0) / sample.ops)
    return {"real_time": time, "cpu_time": time, "time_unit": "ns"}


def _values(sample: Sample) -> dict[str, int]:
    values = sample.counters | sample.values
    if sample.counters.get("forks") == 1 and sample.boot is None:
        # What fork handed on is what was resident. Copies made by faults are not part of it. (A batch
        # of the wall clock has as many forks as it happens to have.)
        values["resident_pages"] = (
            values["pages_shared"] + values["pages_copied"] - values["faults_copy"]
        )
    return values


def plain(value: Number) -> Number:
    """Whole numbers without a fraction; others as short as they can be read back."""
    return int(value) if float(value).is_integer() else float(value)


def quantity_unit(entry: Entry, key: str) -> str:
    """The unit of a value, for the CSV."""
    if key in TIMES:
        return f"{key} per {entry['unit']}"
    return value_unit(key)


def value_unit(key: str) -> str:
    """The unit of a counter or another named value: a word of its name."""
    return next((unit for unit in UNITS if unit in key.split("_")), "events")


def csv_rows(doc: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    """Every value of the document as one row; counters are over the whole region."""
    variant, time = doc["context"]["variant"], doc["context"]["unit"]
    for entry in doc["benchmarks"]:
        others = {k: v for k, v in entry["parameters"].items() if k != "pages"}
        head = (
            variant,
            full_name(entry["family"], entry["parameters"]),
            entry["family"],
            entry.get("pages", ""),
            " ".join(f"{key}:{value}" for key, value in others.items()),
            entry["layout"],
            entry.get("aggregate_name", "sample"),
            entry.get("repetition_index", ""),
        )
        if entry["timed"]:
            yield *head, time, quantity_unit(entry, time), entry["real_time"]
        for key, value in entry.items():
            if key not in DESCRIPTION:
                yield *head, key, quantity_unit(entry, key), value


def to_csv(doc: dict[str, Any]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    writer.writerows(csv_rows(doc))
    return text.getvalue()


def to_json(doc: dict[str, Any]) -> str:
    """One entry a line: a difference between two runs shows as the lines that differ."""
    entries = ",\n".join("    " + json.dumps(entry) for entry in doc["benchmarks"])
    context = json.dumps(doc["context"], indent=2).replace("\n", "\n  ")
    return f'{{\n  "context": {context},\n  "benchmarks": [\n{entries}\n  ]\n}}\n'


def store(folder: Path, doc: dict[str, Any]) -> tuple[Path, Path]:
    """Write <variant>.json and <variant>.csv, both or none; gives their paths."""
    variant = doc["context"]["variant"]
    texts = {folder / f"{variant}.csv": to_csv(doc), folder / f"{variant}.json": to_json(doc)}
    folder.mkdir(parents=True, exist_ok=True)
    write_all(texts)
    return folder / f"{variant}.json", folder / f"{variant}.csv"


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


def summarize(doc: dict[str, Any]) -> Results:
    """The samples and aggregates of a document, by benchmark."""
    summaries: dict[str, Summary] = {}
    for entry in doc["benchmarks"]:
        name = entry["run_name"]
        if name not in summaries:
            summaries[name] = Summary(
                name=name,
                family=entry["family"],
                parameters=entry["parameters"],
                layout=entry["layout"],
                unit=entry["unit"],
                timed=entry["timed"],
                repetitions=entry["repetitions"],
                samples=[],
                aggregates={},
            )
        if entry["run_type"] == "aggregate":
            summaries[name].aggregates[entry["aggregate_name"]] = entry
        else:
            summaries[name].samples.append(entry)
    return Results(doc["context"]["variant"], doc["context"], summaries)
