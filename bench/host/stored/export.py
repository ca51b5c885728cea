"""Results in the format of Google Benchmark, for its compare.py and for dashboards: one entry for each
sample, then one for each statistic."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bench.host.measured import STATISTICS, Benchmark, Results, Sample, plain

# What readers of the format look for in the context.
CONTEXT = {
    "executable": "/bench/runner",
    "num_cpus": 1,
    "mhz_per_cpu": 1000,
    "cpu_scaling_enabled": False,
    "library_build_type": "release",
}

# How a file begins that holds such results.
EXPORTED = re.compile(rb'\{\s*"context": \{\s*"executable": "/bench/runner"')

Entry = dict[str, Any]


def to_google(results: Results) -> str:
    """One entry a line."""
    families = {found.family: 0 for found in results.benchmarks.values()}
    numbers = {family: number for number, family in enumerate(families)}
    entries: list[str] = []
    layout = 0
    for found in results.benchmarks.values():
        if found.layout != layout:
            layout, families = found.layout, dict.fromkeys(families, 0)
        head: Entry = {"family_index": numbers[found.family]}
        head["per_family_instance_index"] = families[found.family]
        families[found.family] += 1
        entries += (f"    {json.dumps(entry)}" for entry in _entries(found, head))
    context = {key: value for key, value in results.context.items() if key != "format"}
    text = json.dumps(CONTEXT | context, indent=2).replace("\n", "\n  ")
    lines = ",\n".join(entries)
    return f'{{\n  "context": {text},\n  "benchmarks": [\n{lines}\n  ]\n}}\n'


def _entries(found: Benchmark, numbers: Entry) -> Iterator[Entry]:
    run: Entry = {"run_name": found.name, "repetitions": found.repetitions, "threads": 1}
    pages = {} if found.pages is None else {"pages": found.pages}
    what: Entry = {"family": found.family, **pages, "parameters": found.parameters}
    what |= {"layout": found.layout, "unit": found.unit, "timed": found.timed}
    sample_head = {"name": found.name, **numbers, **run, "run_type": "iteration"}
    for index, sample in enumerate(found.samples):
        yield {**sample_head, "repetition_index": index, **_values(sample, what)}
    for statistic in [*STATISTICS, "first"]:
        values = _aggregate(found, statistic, what)
        if values is not None:
            yield {
                "name": f"{found.name}_{statistic}",
                **numbers,
                **run,
                "run_type": "aggregate",
                "aggregate_name": statistic,
                "aggregate_unit": "time",
                **values,
                "iterations": found.repetitions,
                "rejected": found.rejected,
            }


def _values(sample: Sample, what: Entry) -> Entry:
    """What is not timed has time 0, as tools that read the format want one."""
    times = {"real_time": sample.time, "cpu_time": sample.time, "time_unit": "ns"}
    return {"iterations": sample.ops, **times, **what, **sample.named}


def _aggregate(found: Benchmark, statistic: str, what: Entry) -> Entry | None:
    if statistic == "first":
        return None if found.first is None else _values(found.first, what)
    named = {key: found.value(key, statistic) for key in found.keys}
    if None in named.values():
        return None
    time = plain(found.time(statistic) or 0)
    times = {"real_time": time, "cpu_time": time, "time_unit": "ns"}
    return times | what | {key: plain(value) for key, value in named.items() if value is not None}
