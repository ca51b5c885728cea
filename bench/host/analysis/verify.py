"""Two measurements of one thing, entry by entry: where do they differ?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from bench.host.stored.results import DESCRIPTION, Entry, Results, Summary
from bench.host.text import number

# What the tools are, and what of the context the machine itself says.
TOOLS = ("compiler", "qemu", "firmware")
MACHINE = ("timer_overhead", "frames_total", "frames_free", "metadata_bytes")

# With other tools numbers may differ by this part; without, not at all.
OTHER_TOOLS = 0.02
# Not compared there: of spreads nothing is known.
SPREADS = ("stddev",)


@dataclass(frozen=True)
class Difference:
    """A value that is not what it was."""

    variant: str
    name: str  # of the benchmark, with its layout; or "context"
    entry: str  # the statistic, or "sample 3"
    quantity: str
    old: float | str | None  # None: it was not there
    new: float | str | None

    def __str__(self) -> str:
        change = f"{_text(self.old)} -> {_text(self.new)}"
        old, new = self.old, self.new
        if isinstance(old, (int, float)) and isinstance(new, (int, float)) and old:
            change += f" ({100 * (new - old) / old:+.2g} %)"
        return f"{self.entry}: {self.quantity} {change}"


def _text(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or "nothing"
    return repr(value) if isinstance(value, float) else number(value)


def other_tools(old: Results, new: Results) -> list[str]:
    """Such as "qemu: recorded 7.2.0, here 8.0.1"."""
    return [
        f"{tool}: recorded {old.context.get(tool)}, here {new.context.get(tool)}"
        for tool in TOOLS
        if old.context.get(tool) != new.context.get(tool)
    ]


def differences(
    old: Results, new: Results, *, part: Iterable[str] | None = None, tolerance: float = 0.0
) -> Iterator[Difference]:
    """Every value of the results that differs by more than this part. `part` are the names that were
    measured again, where that were not all."""
    names = list(dict.fromkeys(chain(old.summaries, new.summaries)) if part is None else part)
    if part is None:
        yield from _context(old, new, tolerance)
    for name in names:
        before, after = old.summaries.get(name), new.summaries.get(name)
        if before is None or after is None:
            words = ("measured", None) if before else (None, "measured")
            yield Difference(new.variant, name, "all of it", "is", *words)
        else:
            yield from _summary(new.variant, before, after, tolerance)


def _context(old: Results, new: Results, tolerance: float) -> Iterator[Difference]:
    for key in MACHINE:
        before, after = old.context.get(key), new.context.get(key)
        if not _same(before, after, tolerance):
            yield Difference(new.variant, "context", "of the machine", key, before, after)


def _summary(variant: str, old: Summary, new: Summary, tolerance: float) -> Iterator[Difference]:
    before, after = _entries(old), _entries(new)
    for which in dict.fromkeys(chain(before, after)):
        if tolerance and which in SPREADS:
            continue
        one, other = before.get(which), after.get(which)
        if one is None or other is None:
            words = ("there", None) if one else (None, "there")
            yield Difference(variant, new.name, which, "is", *words)
            continue
        for key, label in _keys(one, other):
            if not _same(one.get(key), other.get(key), tolerance):
                yield Difference(variant, new.name, which, label, one.get(key), other.get(key))


def _entries(summary: Summary) -> dict[str, Entry]:
    samples = {f"sample {entry['repetition_index']}": entry for entry in summary.samples}
    return samples | summary.aggregates


def _keys(one: Entry, other: Entry) -> Iterator[tuple[str, str]]:
    """The values of an entry, with the words for them; then what it says of itself."""
    if one.get("timed"):
        yield "real_time", f"instructions per {one.get('unit')}"
    for key in dict.fromkeys(chain(one, other)):
        if key not in DESCRIPTION:
            yield key, key
    for key in ("unit", "timed", "iterations", "repetitions"):
        yield key, key


def _same(old: Any, new: Any, tolerance: float) -> bool:
    if old == new or not tolerance:
        return bool(old == new)
    if not all(isinstance(value, (int, float)) for value in (old, new)):
        return False
    return math.isclose(old, new, rel_tol=0, abs_tol=tolerance * abs(old))


def lines(found: Iterable[Difference]) -> Iterator[str]:
    """As text, by benchmark; samples in a row with the same difference are one line."""
    place: tuple[str, str] | None = None
    for group in _groups(found):
        first, last = group[0], group[-1]
        if place != (first.variant, first.name):
            place = (first.variant, first.name)
            yield f"{first.variant}: {first.name}"
        text = str(first)
        if len(group) > 1:
            number_of_last = last.entry.removeprefix("sample ")
            text = text.replace(first.entry, f"{first.entry} to {number_of_last}", 1)
        yield f"    {text}"


def _groups(found: Iterable[Difference]) -> Iterator[list[Difference]]:
    """Differences of samples by quantity, in order; each other one by itself."""
    by_benchmark: dict[tuple[str, str], list[Difference]] = {}
    for one in found:
        by_benchmark.setdefault((one.variant, one.name), []).append(one)
    for members in by_benchmark.values():
        quantities = dict.fromkeys(one.quantity for one in members)
        for quantity in quantities:
            group: list[Difference] = []
            for one in members:
                if one.quantity != quantity:
                    continue
                if group and not _follows(group[-1], one):
                    yield group
                    group = []
                group.append(one)
            yield group


def _follows(one: Difference, other: Difference) -> bool:
    names = [each.entry.partition(" ") for each in (one, other)]
    return (
        all(name[0] == "sample" for name in names)
        and int(names[0][2]) + 1 == int(names[1][2])
        and (one.old, one.new) == (other.old, other.new)
    )
