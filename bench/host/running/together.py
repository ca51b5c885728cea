"""What several harts do together in a sample: the time that it would take side by side, what they wait for,
and what moves between them. The probe tells it (bench/probe/rounds.h, lines.h); here it gets names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.host.attribution import names
from bench.host.measured import MOVED, WAITING, Sample
from bench.host.running.probe import MODES, Probe, Shared, instructions

# Of all that waits or moves, what is less than this part is not told by name.
SMALLEST = 0.01
OTHER = "other"


def watching(probe: Probe, kernel: Path) -> Probe:
    """The probe of a machine with this kernel, so that it tells waits and data by their names."""
    found = names.load(kernel)
    return replace(probe, waits=tuple(map(found.span, names.WAITING)), named=found.data())


def told(sample: Sample, events: Mapping[str, int], shared: Shared, kernel: Path) -> Sample:
    """The sample with the makespan as its time, the sums as values, and the parts as events."""
    waits, moved = (_named(found, kernel) for found in (shared.waits, shared.moved))
    values = {
        "instructions": instructions(events),
        "instructions_waiting": sum(shared.waits.values()),
        "lines_moved": sum(shared.moved.values()),
        "interrupts_sent": _all_modes(events, "interrupts_sent"),
        "flushes": _all_modes(events, "flushes"),
    }
    parts = {WAITING + name: number for name, number in waits.items()}
    parts |= {MOVED + name: number for name, number in moved.items()}
    return replace(
        sample,
        cycles=shared.makespan,
        values=sample.values | values,
        events=dict(sorted(parts.items())),
    )


def _all_modes(events: Mapping[str, int], name: str) -> int:
    return sum(events.get(f"{mode}/{name}", 0) for mode in MODES)


def _named(found: Mapping[int, int], kernel: Path) -> dict[str, int]:
    called = names.load(kernel).of(found)
    parts: Counter[str] = Counter()
    for address, number in found.items():
        parts[called[address]] += number
    least = SMALLEST * parts.total()
    small = sum(number for number in parts.values() if number < least)
    return {n: number for n, number in parts.items() if number >= least} | (
        {OTHER: small} if small else {}
    )
