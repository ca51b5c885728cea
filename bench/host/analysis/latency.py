"""The curve of bench/guest/latency.c: estimated cycles of a load by the size of what is loaded from.

    cycles_per_load(cost.events(sample, "u74"), load("u74"))     # 2.3 in the first cache, 270 in memory
    plateaus(load("u74"))                                        # what the core's file says of that
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.host.cores import Core

PAGE = 4096
LEVELS = 3  # of page tables
INSTRUCTIONS = 3  # of a step: the load, and those of the loop


def cycles_per_load(events: Mapping[str, int], core: Core) -> float:
    """Of a sample's events, summed over the modes: with the two other instructions of a step."""
    return sum(core.stack(events).values()) / events["loads"]


def plateaus(core: Core) -> list[tuple[float, float]]:
    """Up to how many bytes a load takes how many cycles, if all that is larger always misses."""
    cost = core.cycles
    walk = cost.walk_step * (1 if core.walk.entries else LEVELS)  # only the leaf is not known
    steps = [(float(core.l1d.size), cost.l1_miss), (float(core.l2.size), cost.l2_miss)]
    if core.stlb:
        steps += [
            (core.dtlb.entries * PAGE, cost.stlb_hit),
            (core.stlb.entries * PAGE, walk - cost.stlb_hit),
        ]
    else:
        steps += [(core.dtlb.entries * PAGE, walk)]
    found, level = [], INSTRUCTIONS * cost.instruction
    for size, more in sorted(steps):
        found.append((size, level))
        level += more
    return [*found, (float("inf"), level)]
