"""Rows of what a sample did: by function, or by line. They add up to the sample."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.host.analysis import cost
from bench.host.attribution.located import Located
from bench.host.attribution.phases import source_line
from bench.host.cores import Core
from bench.host.measured import Sample


@dataclass(frozen=True, order=True)
class Where:
    """A function, or a line of one, in the function that it is inlined into."""

    function: str
    inlined_in: str  # the outermost function; empty where it is that itself
    file: str
    line: int = 0  # 0: all of them
    text: str = ""  # of the line
    mode: str = "kernel"


@dataclass(frozen=True)
class Row:
    where: Where
    instructions: int
    cycles: float  # estimated


@dataclass(frozen=True)
class Pair:
    """The same place in two samples."""

    where: Where
    base: Row
    other: Row

    @property
    def more(self) -> int:
        return self.other.instructions - self.base.instructions

    @property
    def more_cycles(self) -> float:
        return self.other.cycles - self.base.cycles


def rows(located: Iterable[Located], core: Core, root: Path, lines: bool) -> list[Row]:
    """The largest first."""
    events: dict[Where, Counter[str]] = defaultdict(Counter)
    for each in located:
        events[_where(each, root, lines)].update(each.events)
    found = [Row(w, e["instructions"], cycles(w.mode, e, core)) for w, e in events.items()]
    return sorted(found, key=lambda row: (-row.instructions, -row.cycles, row.where))


def _where(each: Located, root: Path, lines: bool) -> Where:
    inner, outer = each.chain[0], each.chain[-1]
    into = outer.function if len(each.chain) > 1 else ""
    line, text = (inner.line, source_line(root, inner)) if lines else (0, "")
    return Where(inner.function, into, inner.file, line, text, each.mode)


def cycles(mode: str, events: Counter[str], core: Core) -> float:
    """Estimated, of what one mode has done."""
    sample = Sample(None, 1, {}, {}, events={f"{mode}/{name}": n for name, n in events.items()})
    return sum(core.stack(cost.events(sample, core.name)).values())


def pairs(base: Iterable[Row], other: Iterable[Row]) -> list[Pair]:
    """All places of both, those that differ most first."""
    sides = [{row.where: row for row in several} for several in (base, other)]
    found = [
        Pair(where, *(side.get(where, Row(where, 0, 0.0)) for side in sides))
        for where in sides[0] | sides[1]
    ]
    return sorted(found, key=lambda pair: (-abs(pair.more), -abs(pair.more_cycles), pair.where))
