"""Two measurements of one thing, sample by sample: where do they differ?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from bench.host.measured import Benchmark, Number, Results, Sample
from bench.host.text import number

# What the tools are, and what of the context the machine itself says.
TOOLS = ("compiler", "qemu", "firmware")
MACHINE = ("timer_overhead", "frames_total", "frames_free", "metadata_bytes")

# With other tools numbers may differ by this part; without, not at all.
OTHER_TOOLS = 0.02

Value = Number | str | None  # None: it was not there


@dataclass(frozen=True)
class Difference:
    """A value that is not what it was."""

    variant: str
    name: str  # of the benchmark, with its layout; or "context"
    entry: str  # "first", "sample 3", "sample 3 to 7", or what else differs
    quantity: str
    old: Value
    new: Value

    def __str__(self) -> str:
        change = f"{_text(self.old)} -> {_text(self.new)}"
        old, new = self.old, self.new
        if isinstance(old, (int, float)) and isinstance(new, (int, float)) and old:
            change += f" ({100 * (new - old) / old:+.2g} %)"
        return f"{self.entry}: {self.quantity} {change}"


def _text(value: Value) -> str:
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
    names = list(dict.fromkeys(chain(old.benchmarks, new.benchmarks)) if part is None else part)
    if part is None:
        was, now = ({key: each.context.get(key) for key in MACHINE} for each in (old, new))
        yield from _values(new.variant, "context", "of the machine", was, now, tolerance)
    for name in names:
        before, after = old.benchmarks.get(name), new.benchmarks.get(name)
        if before is None or after is None:
            words = ("measured", None) if before else (None, "measured")
            yield Difference(new.variant, name, "all of it", "is", *words)
        else:
            yield from _benchmark(new.variant, before, after, tolerance)


def _benchmark(
    variant: str, old: Benchmark, new: Benchmark, tolerance: float
) -> Iterator[Difference]:
    """By quantity; samples in a row with the same difference are one."""
    found: dict[str, list[Difference]] = {}
    last: dict[str, int] = {}  # the sample in which it differed last
    for index, pair in enumerate(zip_longest(old.samples, new.samples)):
        before, after = (_of_sample(sample, old.unit) for sample in pair)
        for one in _values(variant, new.name, f"sample {index}", before, after, tolerance):
            several = found.setdefault(one.quantity, [])
            if last.get(one.quantity) == index - 1 and _alike(several[-1], one):
                start = several.pop().entry.partition(" to ")[0]
                one = replace(one, entry=f"{start} to {index}")
            several.append(one)
            last[one.quantity] = index
    yield from chain.from_iterable(found.values())
    before, after = (_of_sample(each.first, old.unit) for each in (old, new))
    yield from _values(variant, new.name, "first", before, after, tolerance)
    for key in ("unit", "rejected"):
        if getattr(old, key) != getattr(new, key):
            values = getattr(old, key), getattr(new, key)
            yield Difference(variant, new.name, "all of it", key, *values)


def _alike(one: Difference, other: Difference) -> bool:
    return (one.old, one.new) == (other.old, other.new)


def _of_sample(sample: Sample | None, unit: str) -> dict[str, Value]:
    """All its values, with the words for them."""
    if sample is None:
        return {}
    time = {} if sample.cycles is None else {f"instructions per {unit}": sample.time}
    return {**time, **replace(sample, events={}).named, "operations": sample.ops}


def _values(
    variant: str,
    name: str,
    entry: str,
    old: Mapping[str, Value],
    new: Mapping[str, Value],
    tolerance: float,
) -> Iterator[Difference]:
    if not old or not new:  # no such sample
        if old or new:
            words = ("there", None) if old else (None, "there")
            yield Difference(variant, name, entry, "is", *words)
        return
    for key in dict.fromkeys(chain(old, new)):
        if not _same(old.get(key), new.get(key), tolerance):
            yield Difference(variant, name, entry, key, old.get(key), new.get(key))


def _same(old: Value, new: Value, tolerance: float) -> bool:
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return math.isclose(old, new, rel_tol=0, abs_tol=tolerance * abs(old))
    return old == new


def lines(found: Iterable[Difference]) -> Iterator[str]:
    """As text, by benchmark."""
    place: tuple[str, str] | None = None
    for one in found:
        if place != (one.variant, one.name):
            place = (one.variant, one.name)
            yield f"{one.variant}: {one.name}"
        yield f"    {one}"
