"""Estimated cycles: the events that the probe has counted, on a core that bench/cores describes.

    cost.stack(benchmark, core)        # {"instructions": 512.0, "l1": 96.0, …}: of one operation
    cost.in_cycles(results, core)      # results with estimates in place of instructions

An estimate gives an order and ratios, never the cycles of a board.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.host.cores import Core, load, names
from bench.host.measured import PHASE, Benchmark, Results, Sample
from bench.host.running.probe import INSTRUCTIONS, MODES
from bench.host.stored.results import CORES


def simulated_as(results: Results, core: Core) -> str | None:
    """The name of a core in these results that has the geometry of this one, if there is one."""
    shapes: Mapping[str, str] = results.context.get(CORES, {})
    return next((name for name, shape in shapes.items() if shape == core.shape()), None)


def told(sample: Sample) -> bool:
    """Whether its events are those of each mode, which an estimate is made from."""
    return any(f"{mode}/{INSTRUCTIONS}" in sample.events for mode in MODES)


def events(sample: Sample, name: str) -> dict[str, int]:
    """Of a sample, over all modes: those of the program, and of the core with this name."""
    found = dict.fromkeys(COUNTED, 0)
    for key, number in sample.events.items():
        mode, *core, event = key.split("/")
        if mode in MODES and core in ([], [name]):
            found[event] = found.get(event, 0) + number
            if event.startswith("traps_"):
                found["traps"] += number
    return found


# What an estimate asks for, and a sample need not have.
COUNTED = (
    "instructions",
    "atomics",
    "fences",
    "flushes",
    "traps",
    "l1i_misses",
    "l1d_misses",
    "l2_misses",
    "l1_streamed",
    "l2_streamed",
    "l1_writebacks",
    "l2_writebacks",
    "itlb_misses",
    "dtlb_misses",
    "stlb_misses",
    "walk_steps",
    "mispredicts",
)


def stack(benchmark: Benchmark, core: Core, name: str) -> dict[str, float]:
    """The parts of one operation's estimate, in the sample whose sum is the median (with an even number
    of samples the lower one of the middle); none where the probe was not there."""
    found = [
        {part: cycles / sample.ops for part, cycles in core.stack(events(sample, name)).items()}
        for sample in benchmark.samples
        if told(sample)
    ]
    found.sort(key=lambda parts: sum(parts.values()))
    return found[(len(found) - 1) // 2] if found else {}


def in_cycles(results: Results, core: Core) -> Results | None:
    """The same results with estimated cycles in place of instructions, to ask them the same questions;
    None where this geometry was not simulated. What has no events is not in them."""
    name = simulated_as(results, core)
    if name is None:
        return None

    benchmarks = {
        key: replace(
            found,
            first=None if found.first is None else _estimated(found.first, core, name),
            samples=[_estimated(sample, core, name) for sample in found.samples],
        )
        for key, found in results.benchmarks.items()
        if found.timed and all(map(told, found.samples))
    }
    return Results(results.variant, results.context, benchmarks)


def _estimated(sample: Sample, core: Core, name: str) -> Sample:
    cycles: float = sum(core.stack(events(sample, name)).values())
    values = {k: n for k, n in sample.values.items() if not k.startswith("instructions_")}
    happened = {k: n for k, n in sample.events.items() if not k.startswith(PHASE)}
    return replace(sample, cycles=round(cycles), values=values, events=happened)


def views(results: Mapping[str, Results]) -> dict[Core, dict[str, Results]]:
    """Results by variant in the estimated cycles of each core that was simulated for all of them."""
    found = {}
    for core in map(load, names()):
        view = {variant: in_cycles(each, core) for variant, each in results.items()}
        kept = {variant: each for variant, each in view.items() if each and each.benchmarks}
        if kept.keys() == results.keys():
            found[core] = kept
    return found
