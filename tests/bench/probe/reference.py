"""The models of bench/probe/core.h once more: slow, short, and written from their description.

A stream is the text that the probe writes with record=FILE: a line for each thing that happens to a core.
The counts of both must be equal for every event, mode and hart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

EVENTS = (
    "l1i_misses",
    "l1d_misses",
    "l2_misses",
    "l1_writebacks",
    "l2_writebacks",
    "itlb_misses",
    "dtlb_misses",
    "stlb_misses",
    "walk_steps",
    "mispredicts",
    "l1_streamed",
    "l2_streamed",
)
LEVELS = 3  # of Sv39


@dataclass
class Entry:
    key: object
    changed: bool = False


class Set(Protocol):
    def find(self, key: object) -> Entry | None:
        """The entry of the key, which is used by that."""

    def put(self, entry: Entry) -> Entry | None:
        """Puts a new entry in. The one that has to go for it, if any."""

    def drop(self, key: object) -> None:
        ...

    def clear(self) -> None:
        ...


class LruSet:
    """Entries in the order of their use, the last one first."""

    def __init__(self, ways: int) -> None:
        self.ways = ways
        self.entries: list[Entry] = []

    def find(self, key: object) -> Entry | None:
        for entry in self.entries:
            if entry.key == key:
                self.entries.remove(entry)
                self.entries.insert(0, entry)
                return entry
        return None

    def put(self, entry: Entry) -> Entry | None:
        self.entries.insert(0, entry)
        return self.entries.pop() if len(self.entries) > self.ways else None

    def drop(self, key: object) -> None:
        self.entries = [entry for entry in self.entries if entry.key != key]

    def clear(self) -> None:
        self.entries = []


class Xorshift:
    """G. Marsaglia, "Xorshift RNGs", 2003: 64 bits, shifts of 13, 7, 17."""

    def __init__(self) -> None:
        self.state = 0x9E3779B97F4A7C15

    def below(self, limit: int) -> int:
        """By the upper 32 bits, as a fraction."""
        self.state = (self.state ^ self.state << 13) % 2**64
        self.state ^= self.state >> 7
        self.state = (self.state ^ self.state << 17) % 2**64
        return self.state // 2**32 * limit // 2**32


class RandomSet:
    """Ways by number. The entry used last changes places with that of way 0; an empty way is taken before
    a victim is drawn, and the first one of them."""

    def __init__(self, ways: int, random: Xorshift) -> None:
        self.ways: list[Entry | None] = [None] * ways
        self.random = random

    def find(self, key: object) -> Entry | None:
        for way, entry in enumerate(self.ways):
            if entry is not None and entry.key == key:
                self._to_front(way)
                return entry
        return None

    def put(self, entry: Entry) -> Entry | None:
        empty = [way for way, there in enumerate(self.ways) if there is None]
        way = empty[0] if empty else self.random.below(len(self.ways))
        gone, self.ways[way] = self.ways[way], entry
        self._to_front(way)
        return gone

    def _to_front(self, way: int) -> None:
        self.ways[0], self.ways[way] = self.ways[way], self.ways[0]

    def drop(self, key: object) -> None:
        self.ways = [None if e is not None and e.key == key else e for e in self.ways]

    def clear(self) -> None:
        self.ways = [None] * len(self.ways)


class Cache:
    """Sets, chosen by a number: of a line, or of a page."""

    def __init__(self, entries: int, ways: int, policy: str) -> None:
        random = Xorshift()

        def empty() -> Set:
            if policy == "lru":
                return LruSet(ways)
            return RandomSet(ways, random)

        self.sets = [empty() for _ in range(entries // ways)]

    def set_of(self, number: int) -> Set:
        return self.sets[number % len(self.sets)]

    def access(self, number: int, key: object, change: bool = False) -> tuple[bool, Entry | None]:
        """Whether it is there, and what had to go for it."""
        chosen = self.set_of(number)
        entry = chosen.find(key)
        if entry is not None:
            entry.changed |= change
            return True, None
        return False, chosen.put(Entry(key, change))

    def clear(self) -> None:
        for each in self.sets:
            each.clear()


def cache_of(words: list[str]) -> Cache:
    size, ways, line, policy = words
    return Cache(int(size) // int(line), int(ways), policy)


def tlb_of(words: list[str]) -> Cache:
    entries, ways, policy = words
    return Cache(int(entries), int(ways), policy)


class Walks:
    """The tables above the leaves that a hart remembers, by the part of the address that leads there."""

    def __init__(self, entries: int) -> None:
        self.known = LruSet(entries)

    def steps(self, address: int, shift: int) -> int:
        """How many entries are read for a page of that size: one for each table from the lowest known one."""
        tables = LEVELS - (shift - 12) // 9
        above = [address % 2**39 >> 39 - 9 * depth for depth in range(1, tables)]
        keys = list(enumerate(above, start=1))
        there = {entry.key for entry in self.known.entries}
        deepest = max((depth for depth, prefix in keys if (depth, prefix) in there), default=0)
        for key in keys:  # from the root on
            if self.known.find(key) is None:
                self.known.put(Entry(key))
        return tables - deepest


class Hart:
    def __init__(self, parts: dict[str, list[str]]) -> None:
        self.l1i, self.l1d = cache_of(parts["l1i"]), cache_of(parts["l1d"])
        self.itlb, self.dtlb = tlb_of(parts["itlb"]), tlb_of(parts["dtlb"])
        self.stlb = tlb_of(parts["stlb"]) if "stlb" in parts else None
        self.walks = Walks(int(parts["walk"][0]))
        counters, self.history_bits, targets, self.depth = map(int, parts["branch"])
        self.counters = [0] * counters  # below 2: not taken
        self.history: list[bool] = []
        self.targets: list[int] = [0] * targets
        self.returns: list[int] = []
        self.missed: list[int] = []  # the last lines of data


class Core:
    def __init__(self, geometry: str) -> None:
        name, *parts = geometry.split("/")
        words = {part: rest for part, *rest in (text.split(":") for text in parts)}
        self.words = words
        self.l2 = cache_of(words["l2"])
        self.harts: dict[int, Hart] = {}
        self.counts: Counter[tuple[int, int, str]] = Counter()  # by hart, mode, event
        self.who = (0, 0)

    def take(self, line: str) -> None:
        """A line of the stream."""
        what, hart, mode, *rest = line.split()
        self.who = int(hart), int(mode)
        state = self.harts.get(int(hart)) or self.harts.setdefault(int(hart), Hart(self.words))
        event = self.return_ if what == "return" else getattr(self, what)
        event(state, *map(int, rest))

    def count(self, event: str, times: int = 1) -> None:
        self.counts[(*self.who, event)] += times

    def fetch(self, hart: Hart, line: int) -> None:
        hit, _ = hart.l1i.access(line, line)
        if not hit:
            self.count("l1i_misses")
            self.read_l2(line)

    def data(self, hart: Hart, line: int, store: int) -> None:
        hit, gone = hart.l1d.access(line, line, bool(store))
        if not hit:
            self.count("l1d_misses")
            streamed = line - 1 in hart.missed and (line - 1) // 64 == line // 64  # in its page
            hart.missed = [*hart.missed, line][-8:]
            self.count("l1_streamed", streamed)
            if not self.read_l2(line):
                self.count("l2_streamed", streamed)
        if gone is not None and gone.changed:
            self.count("l1_writebacks")
            assert isinstance(gone.key, int)
            _, gone = self.l2.access(gone.key, gone.key, True)
            self.write_back(gone)

    def read_l2(self, line: int) -> bool:
        hit, gone = self.l2.access(line, line)
        self.count("l2_misses", not hit)
        self.write_back(gone)
        return hit

    def write_back(self, gone: Entry | None) -> None:
        self.count("l2_writebacks", gone is not None and gone.changed)

    def translate(self, hart: Hart, address: int, physical: int, shift: int, fetch: int) -> None:
        page = address % 2**39 >> shift
        key = (page, physical >> shift, shift)
        first = hart.itlb if fetch else hart.dtlb
        if first.access(page, key)[0]:
            return
        self.count("itlb_misses" if fetch else "dtlb_misses")
        if hart.stlb is not None and hart.stlb.access(page, key)[0]:
            return
        self.count("stlb_misses")
        self.count("walk_steps", hart.walks.steps(address, shift))

    def branch(self, hart: Hart, address: int, taken: int) -> None:
        recent = hart.history[: hart.history_bits]  # the last one first
        index = address // 2 ^ sum(bit << place for place, bit in enumerate(recent))
        index %= len(hart.counters)
        self.count("mispredicts", (hart.counters[index] > 1) != bool(taken))
        step = 1 if taken else -1
        hart.counters[index] = min(3, max(0, hart.counters[index] + step))
        hart.history = [bool(taken), *recent]

    def call(self, hart: Hart, behind: int) -> None:
        hart.returns.append(behind)
        del hart.returns[: -hart.depth or None]

    def indirect(self, hart: Hart, address: int, target: int) -> None:
        if not hart.targets:
            self.count("mispredicts")
            return
        index = address // 2 % len(hart.targets)
        self.count("mispredicts", hart.targets[index] != target)
        hart.targets[index] = target

    # Named as in the stream, where it is a word of Python.
    def return_(self, hart: Hart, target: int) -> None:
        expected = hart.returns.pop() if hart.returns else None
        self.count("mispredicts", expected != target)

    def flush(self, hart: Hart) -> None:
        hart.walks.known.clear()
        for tlb in (hart.itlb, hart.dtlb, hart.stlb):
            if tlb is not None:
                tlb.clear()

    def drop(self, hart: Hart, address: int, physical: int, shift: int) -> None:
        page = address % 2**39 >> shift
        for tlb in (hart.dtlb, hart.stlb):
            if tlb is not None:
                tlb.set_of(page).drop((page, physical >> shift, shift))

    def fence_i(self, hart: Hart) -> None:
        hart.l1i.clear()


# Counts by hart, mode, core and event; those that are 0 are left out.
Counts = dict[tuple[int, int, int, str], int]


def replay(geometries: Iterable[str], stream: Iterable[str]) -> Counts:
    """What the cores count over a stream."""
    cores = [Core(geometry) for geometry in geometries]
    for line in stream:
        for core in cores:
            core.take(line)
    return {
        (hart, mode, index, event): count
        for index, core in enumerate(cores)
        for (hart, mode, event), count in core.counts.items()
        if count
    }


def counted(lines: Iterable[str]) -> Counts:
    """The same, from the lines that the probe writes behind a stream."""
    found: Counts = {}
    for line in lines:
        word, hart, mode, core, *numbers = line.split()
        assert word == "counted"
        for event, number in zip(EVENTS, map(int, numbers), strict=True):
            if number:
                found[int(hart), int(mode), int(core), event] = number
    return found


def divide(record: str) -> tuple[list[str], list[str]]:
    """The stream and the counts of a record."""
    lines = record.splitlines()
    stream = [line for line in lines if not line.startswith("counted ")]
    return stream, lines[len(stream) :]
