"""Descriptions of processor cores, and what they make of events: estimated cycles.

bench/cores/ holds the files, docs/cores.md describes their keys and the model. An estimate is a sum of
events times their cost: it gives an order and ratios, never the cycles of a board.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import tomllib

from bench.host.described import Rules, Wrong, made
from bench.host.errors import BenchError
from bench.host.languages import Text

CORES = Path(__file__).parents[1] / "cores"
KINDS = ("in-order", "out-of-order")
POLICIES = ("lru", "random")
PARTS = ("instructions", "l1", "l2", "tlb", "branches", "traps", "other")
# How many misses continue a stream: where the probe does not count them, none does.
STREAMED = ("l1_streamed", "l2_streamed")


@dataclass(frozen=True)
class Cache:
    size: int  # bytes
    ways: int
    line: int  # bytes
    replacement: str

    def __str__(self) -> str:
        return f"{self.size}:{self.ways}:{self.line}:{self.replacement}"

    def rules(self) -> Rules:
        unit = self.ways * self.line
        return [
            ("ways", self.ways > 0, "1 or more"),
            ("line", _power(self.line), "a power of two"),
            ("size", _sets(self.size, unit), f"{unit} (ways * line) times a power of two"),
            ("replacement", self.replacement in POLICIES, " or ".join(POLICIES)),
        ]


@dataclass(frozen=True)
class Tlb:
    entries: int
    ways: int  # as many as entries: fully associative
    replacement: str

    def __str__(self) -> str:
        return f"{self.entries}:{self.ways}:{self.replacement}"

    def rules(self) -> Rules:
        return [
            ("entries", self.entries > 0, "1 or more"),
            ("ways", 0 < self.ways <= self.entries, f"from 1 to {self.entries} (entries)"),
            ("entries", _sets(self.entries, self.ways), f"{self.ways} (ways) times a power of two"),
            ("replacement", self.replacement in POLICIES, " or ".join(POLICIES)),
        ]


@dataclass(frozen=True)
class Walk:
    entries: int  # of a fully associative LRU cache of steps that are no leaf

    def __str__(self) -> str:
        return f"{self.entries}"

    def rules(self) -> Rules:
        return [("entries", self.entries >= 0, "0 or more")]


@dataclass(frozen=True)
class Branch:
    counters: int  # of 2 bits
    history: int  # bits of global history, which are a part of a counter's number
    targets: int  # entries of a direct-mapped table for indirect jumps
    returns: int  # depth of the stack of return addresses

    def __str__(self) -> str:
        return f"{self.counters}:{self.history}:{self.targets}:{self.returns}"

    def rules(self) -> Rules:
        bits = max(self.counters, 1).bit_length() - 1
        return [
            ("counters", _power(self.counters), "a power of two"),
            (
                "history",
                0 <= self.history <= bits,
                f"from 0 to {bits}, the bits of a counter's number",
            ),
            ("targets", self.targets == 0 or _power(self.targets), "0 or a power of two"),
            ("returns", self.returns >= 0, "0 or more"),
        ]


@dataclass(frozen=True)
class Cycles:
    instruction: float  # without any stall
    l1_miss: float  # that hits the L2
    l1_stream: float  # the same, where the miss continues a stream
    l2_miss: float  # what memory adds
    l2_stream: float
    writeback_l1: float
    writeback_l2: float
    stlb_hit: float  # a miss of the first TLB that hits the second one, if there is one
    walk_step: float
    mispredict: float
    trap: float  # entry and return, beyond the instructions
    atomic: float  # beyond the instruction, as the next two
    fence: float
    flush: float

    def rules(self) -> Rules:
        costs = {each.name: getattr(self, each.name) for each in fields(self)}
        rules = [(name, 0 <= cost < math.inf, "0 or more") for name, cost in costs.items()]
        return [*rules, ("instruction", self.instruction > 0, "more than 0")]


@dataclass(frozen=True)
class Core:
    name: str
    title: Text
    kind: str
    width: int  # instructions per cycle at the most
    mhz: int  # the clock for which latencies were given
    l1i: Cache
    l1d: Cache
    l2: Cache
    itlb: Tlb
    dtlb: Tlb
    walk: Walk
    branch: Branch
    cycles: Cycles
    error: Text  # what is known of how far estimates are off
    stlb: Tlb | None = None

    def rules(self) -> Rules:
        return [
            ("name", re.fullmatch("[a-z0-9-]+", self.name) is not None, "of a-z, 0-9 and -"),
            ("kind", self.kind in KINDS, " or ".join(KINDS)),
            ("width", self.width > 0, "1 or more"),
            ("mhz", self.mhz > 0, "1 or more"),
        ]

    def geometry(self) -> str:
        """As the probe takes it: all that events depend on."""
        return f"{self.name}/{self.shape()}"

    def shape(self) -> str:
        """The geometry without the name: cores that have the same one have the same events."""
        parts = ("l1i", "l1d", "l2", "itlb", "dtlb", "stlb", "walk", "branch")
        return "/".join(f"{part}:{getattr(self, part)}" for part in parts if getattr(self, part))

    def stack(self, events: Mapping[str, int]) -> dict[str, float]:
        """Estimated cycles by part, from events that are summed over the modes. Their sum is the
        estimate."""
        cost, count = self.cycles, _counter(self.name, events)
        l1_streamed, l2_streamed = (events.get(name, 0) for name in STREAMED)
        first_tlb = count("itlb_misses") + count("dtlb_misses")
        second_tlb = first_tlb - count("stlb_misses") if self.stlb else 0
        l1_other = count("l1i_misses") + count("l1d_misses") - l1_streamed
        l2_other = count("l2_misses") - l2_streamed
        found = (
            cost.instruction * count("instructions"),
            cost.l1_miss * l1_other + cost.l1_stream * l1_streamed,
            cost.l2_miss * l2_other + cost.l2_stream * l2_streamed,
            cost.stlb_hit * second_tlb + cost.walk_step * count("walk_steps"),
            cost.mispredict * count("mispredicts"),
            cost.trap * count("traps"),
            cost.writeback_l1 * count("l1_writebacks")
            + cost.writeback_l2 * count("l2_writebacks")
            + cost.atomic * count("atomics")
            + cost.fence * count("fences")
            + cost.flush * count("flushes"),
        )
        return dict(zip(PARTS, found, strict=True))


def names() -> list[str]:
    """The cores that come with the project."""
    return sorted(path.stem for path in CORES.glob("*.toml"))


def load(name: str | Path) -> Core:
    """A core of bench/cores/ by its name, or any by the path of its file."""
    path = Path(name)
    if path.suffix != ".toml" and len(path.parts) < 2:
        path = CORES / f"{name}.toml"
        if not path.is_file():
            raise BenchError(
                f"there is no core {str(name)!r} in bench/cores/; those that exist: "
                f"{', '.join(names()) or 'none'}. Of your own, give the path, such as ./mine.toml"
            )
    try:
        core: Core = made(Core, tomllib.loads(path.read_text(encoding="utf-8")), "")
    except OSError as error:
        raise BenchError(f"cannot read the core {path}: {error.strerror}") from None
    except (ValueError, Wrong) as error:  # of syntax, of characters, of content
        raise BenchError(f"{path}: {error}") from None
    return core


def _power(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0


def _sets(number: int, unit: int) -> bool:
    """Whether that is a number of sets of a unit each, which an address can choose from."""
    return unit > 0 and number % unit == 0 and _power(number // unit)


def _counter(core: str, events: Mapping[str, int]) -> Callable[[str], int]:
    def count(name: str) -> int:
        if name not in events:
            raise BenchError(f"no estimate for {core}: the events have no {name}")
        return events[name]

    return count
