"""The latency curve of a real machine: its plateaus are those of the cores' files, at their sizes."""

from __future__ import annotations

import math
import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from bench.host.analysis.latency import cycles_per_load, plateaus
from bench.host.cores import Cache, Core, Tlb, load
from bench.host.running.machine import boot_arguments
from bench.host.running.probe import Probe, read
from tests.bench.probe.probe_build import plugin
from tests.bench.probe.test_machine import boot

CORES = ("u74", "rocket", "c910")
PAGE = 4096
SIZES = [PAGE << bits for bits in range(12)]
STEPS = 65536


@cache
def curve() -> list[dict[str, int]]:
    """Of each size, the events of its sample."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        cores = tuple(load(name).geometry() for name in CORES)
        bootargs = boot_arguments("/bench/suite/latency", "family=latency", "repeat=1", shuffle=0)
        outcome = boot("bench.img", bootargs, *Probe(plugin(), cores).options(out))
        assert outcome.status == 0, outcome.errors
        found = read(out).samples
    assert len(found) == 2 * len(SIZES)  # with the first, which is not counted
    return found[1::2]


def events(index: int, core: Core) -> dict[str, int]:
    """Of that core, by their names alone."""
    found = dict.fromkeys(
        (
            *("instructions", "loads", "traps", "atomics", "fences", "flushes"),
            *("l1i_misses", "l1d_misses", "l2_misses", "l1_writebacks", "l2_writebacks"),
            *("itlb_misses", "dtlb_misses", "stlb_misses", "walk_steps", "mispredicts"),
        ),
        0,
    )
    for key, number in curve()[index].items():
        mode, *name, event = key.split("/")
        assert mode == "user"
        if name in ([], [core.name]):
            found[event] = number
    return found


def cache_misses(cache: Cache, size: int) -> float:
    """Of a circle of lines in a random order, for each load."""
    ratio = size / cache.size
    if ratio < 1:
        return 0
    if cache.replacement == "lru":
        return 1  # the line needed next is always the one that was used longest ago
    # A line outlives the misses of a round, ratio * misses for each place, with probability exp(-ratio *
    # misses). What is above 0 is where that agrees with itself.
    misses = 1.0
    for _ in range(200):
        misses = 1 - math.exp(-ratio * misses)
    return misses


def tlb_misses(tlb: Tlb, size: int) -> float:
    """Pages follow each other by chance: one that is among the last ones used hits."""
    return max(0.0, 1 - tlb.entries * PAGE / size)


def expected(core: Core, size: int) -> dict[str, float]:
    """Misses for each load; those of the next level are some of those of the one before."""
    found = {
        "l1d_misses": cache_misses(core.l1d, size),
        "l2_misses": cache_misses(core.l2, size),
        "dtlb_misses": tlb_misses(core.dtlb, size),
    }
    found["stlb_misses"] = tlb_misses(core.stlb or core.dtlb, size)
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", CORES)
def test_each_capacity_is_where_the_file_has_it(name: str, size: int) -> None:
    core = load(name)
    found = events(SIZES.index(size), core)
    assert STEPS <= found["loads"] <= STEPS + 2
    assert 3 * STEPS <= found["instructions"] <= 3 * STEPS + 10
    for event, rate in expected(core, size).items():
        at_edge = size in (core.l1d.size, core.l2.size)  # where other lines take some places
        if not (at_edge and event.startswith("l")):
            assert found[event] / STEPS == pytest.approx(rate, abs=0.03), event
    assert found["walk_steps"] == pytest.approx(
        found["stlb_misses"] * (1 if core.walk.entries else 3), rel=0.01
    )


@pytest.mark.parametrize("name", CORES)
def test_the_curve_has_the_plateaus_of_the_file(name: str) -> None:
    """Where capacities are far from each other; the last one is not reached yet."""
    core = load(name)
    levels = plateaus(core)
    assert levels == sorted(levels)
    measured = [cycles_per_load(events(i, core), core) for i in range(len(SIZES))]
    for smaller, larger in pairwise(measured):
        assert larger > smaller * 0.99
    first, last = levels[0], levels[-1]
    for size, cycles in zip(SIZES, measured, strict=True):
        if size < first[0]:
            assert cycles == pytest.approx(first[1], rel=0.01)
    assert 0.7 * last[1] < measured[-1] <= last[1] * 1.01
    # Far from the first cache, and in the first TLB.
    middle = [
        c
        for s, c in zip(SIZES, measured, strict=True)
        if 4 * core.l1d.size <= s <= core.dtlb.entries * PAGE
    ]
    for cycles in middle:
        assert cycles == pytest.approx(first[1] + core.cycles.l1_miss, rel=0.03)
