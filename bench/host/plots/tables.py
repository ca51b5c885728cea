"""The table of each figure: what it shows, taken from the results, and nothing else."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.host.analysis import breakeven
from bench.host.analysis.model import table_frames
from bench.host.stored.results import Results, Summary
from bench.host.variants import BASELINE

PAGE = 4096  # bytes
USUAL_HEAP = 4096  # pages: the heap that a figure of a single size shows, where all have it

Cell = str | float


class LeftOut(Exception):
    """Why a figure cannot be drawn."""


class Unmeasured(LeftOut):
    """For want of results of its benchmarks."""


@dataclass
class Sources:
    """Results that may stand side by side, by variant: one set for each clock."""

    exact: dict[str, Results] = field(default_factory=dict)
    wall: dict[str, Results] = field(default_factory=dict)
    why_no_wall: str = "no results of the wall clock: make bench CLOCK=wall"


@dataclass(frozen=True)
class Table:
    header: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    notes: list[str] = field(default_factory=list)  # what is not in it

    def to_csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows([_plain(cell) for cell in row] for row in self.rows)
        return text.getvalue()


def _plain(cell: Cell) -> str:
    """Whole numbers without a fraction, others with six digits: more than a picture shows."""
    if isinstance(cell, str):
        return cell
    return f"{cell:.0f}" if float(cell).is_integer() else f"{cell:.6g}"


Found = dict[str, list[Summary]]  # of one family, by variant


def _found(sources: dict[str, Results], *families: str) -> tuple[Found, list[str]]:
    """All benchmarks of these families in the usual layout, by variant, and a note for variants that
    do not have all of the families."""
    found: Found = {}
    without = []
    for variant, results in sources.items():
        each = [s for s in results.summaries.values() if s.family in families and s.layout == 0]
        if {s.family for s in each} == set(families):
            found[variant] = each
        else:
            without.append(variant)
    names = " and ".join(families)
    if not found:
        raise Unmeasured(f"no results of {names}")
    return found, [f"without {', '.join(without)}: no results of {names}"] if without else []


def _common(found: Found, *axes: str) -> tuple[int, ...]:
    """The values of these axes for which all variants have all of the families: with the usual heap,
    or else the largest."""
    common: set[tuple[int, ...]] | None = None
    for summaries in found.values():
        for family in {s.family for s in summaries}:
            have = {
                tuple(s.parameters[axis] for axis in axes) for s in summaries if s.family == family
            }
            common = have if common is None else common & have
    if not common:
        raise LeftOut(f"no {' and '.join(axes)} for which all variants were measured")
    return max(common, key=lambda values: (values[0] == USUAL_HEAP, values))


def _time(summary: Summary) -> float:
    time = summary.time()
    if time is None:
        raise LeftOut(f"{summary.name} has no time")
    return time


def _value(summary: Summary, key: str) -> float:
    value = summary.value(key)
    if value is None:
        raise LeftOut(f"{summary.name} has no value {key}")
    return value


def sweep(family: str) -> Callable[[Sources], Table]:
    """A cost by the size of the parent."""

    def table(sources: Sources) -> Table:
        found, notes = _found(sources.exact, family)
        rows: list[tuple[Cell, ...]] = [
            (variant, s.parameters["pages"], _value(s, "resident_pages"), _time(s))
            for variant, summaries in found.items()
            for s in sorted(summaries, key=lambda s: s.parameters["pages"])
        ]
        return Table(("variant", "pages", "resident_pages", "instructions"), rows, notes)

    return table


def fork_touch(sources: Sources) -> Table:
    found, notes = _found(sources.exact, "fork_touch")
    (pages,) = _common(found, "pages")
    rows: list[tuple[Cell, ...]] = []
    eager = sources.exact.get(BASELINE)
    for variant, summaries in found.items():
        touched = [s for s in summaries if s.parameters["pages"] == pages]
        points = sorted((s.parameters["percent"], _time(s)) for s in touched)
        rows += [(variant, pages, percent, "measured", time) for percent, time in points]
        if variant == BASELINE or eager is None or BASELINE not in found:
            continue
        even = breakeven.find(sources.exact[variant], eager, pages)
        if even is not None and even.percent is not None:
            cost = _between(points, even.percent)
            rows.append((variant, pages, round(even.percent, 2), "break_even", round(cost)))
    if eager is None or BASELINE not in found:
        notes.append(f"no break-even without results of {BASELINE}")
    return Table(("variant", "pages", "percent", "kind", "instructions"), rows, notes)


def _between(points: list[tuple[int, float]], x: float) -> float:
    """On the straight lines through the points."""
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return math.nan


def write_fault(sources: Sources) -> Table:
    families = ("write_copy", "write_last")
    found, notes = _found(sources.exact, *families)
    (pages,) = _common(found, "pages")
    rows: list[tuple[Cell, ...]] = [
        (variant, pages, s.family, _time(s))
        for variant, summaries in found.items()
        for s in sorted(summaries, key=lambda s: families.index(s.family))
        if s.parameters["pages"] == pages
    ]
    return Table(("variant", "pages", "benchmark", "instructions"), rows, notes)


PHASES = ("entry", "lookup", "allocate", "copy", "count", "map", "flush", "exit", "other")
KINDS = ("fork", "copy", "last")  # by their numbers


def phases(sources: Sources) -> Table:
    found, notes = _found(sources.exact, "fault_phases")
    rows: list[tuple[Cell, ...]] = []
    for variant, summaries in found.items():
        for s in sorted(summaries, key=lambda s: s.parameters["kind"]):
            if s.value("instructions_entry") is None:
                raise LeftOut(f"{variant} was measured with a kernel without PHASES=1")
            kind = KINDS[s.parameters["kind"]]
            pages = _value(s, "resident_pages") if kind == "fork" else 1
            rows += [
                (variant, kind, pages, phase, _value(s, f"instructions_{phase}"))
                for phase in PHASES
            ]
    return Table(("variant", "kind", "pages", "phase", "instructions"), rows, notes)


MEMORY = (
    "frames_after_0",
    "frames_after_10",
    "frames_after_50",
    "frames_after_100",
    "metadata_bytes_peak",
)


def memory(sources: Sources) -> Table:
    found, notes = _found(sources.exact, "memory")
    (pages,) = _common(found, "pages")
    rows: list[tuple[Cell, ...]] = [
        (variant, pages, key, _value(s, key))
        for variant, summaries in found.items()
        for s in summaries
        if s.parameters["pages"] == pages
        for key in MEMORY
    ]
    return Table(("variant", "pages", "quantity", "value"), rows, notes)


MOMENTS = 10  # of a snapshot, evenly spread over its updates


def snapshot(sources: Sources) -> Table:
    found, notes = _found(sources.exact, "snapshot")
    (pages,) = _common(found, "pages")
    rows: list[tuple[Cell, ...]] = [
        (
            variant,
            pages,
            s.parameters["updates"],
            (i + 1) * 100 // MOMENTS,
            _value(s, f"frames_{i}"),
        )
        for variant, summaries in found.items()
        for s in sorted(summaries, key=lambda s: s.parameters["updates"])
        if s.parameters["pages"] == pages
        for i in range(MOMENTS)
    ]
    return Table(("variant", "pages", "updates", "percent", "frames"), rows, notes)


def array_bytes(mebibytes: float, shared: float) -> float:
    """The cost model of an array: 4 bytes for each frame of memory."""
    return 4 * mebibytes * 2**20 / PAGE


def hash_bytes(mebibytes: float, shared: float) -> float:
    """The cost model of the hash table, which is for shared frames only."""
    return PAGE * table_frames(shared)


# Bytes of metadata by memory of the machine in MiB and number of shared frames, as the pages of the
# variants give them.
MODELS: dict[str, Callable[[float, float], float]] = {
    "eager": lambda mebibytes, shared: 0,
    "cow-array": array_bytes,
    "cow-reuse": array_bytes,
    "cow-hash": hash_bytes,
}


def metadata(sources: Sources) -> Table:
    found, notes = _found(sources.exact, "metadata")
    rows: list[tuple[Cell, ...]] = []
    for variant, summaries in found.items():
        model = MODELS.get(variant)
        points = sorted((s.parameters["pages"], s.parameters["memory"], s) for s in summaries)
        if model is not None:
            rows += [
                (variant, pages, mebibytes, "computed", model(mebibytes, _value(s, "pages_shared")))
                for pages, mebibytes, s in points
            ]
        else:
            notes.append(f"{variant}: measured only, there is no formula for it")
        rows += [
            (variant, pages, mebibytes, "measured", _value(s, "metadata_bytes"))
            for pages, mebibytes, s in points
        ]
    return Table(("variant", "pages", "memory_mib", "kind", "metadata_bytes"), rows, notes)


def _faults(summary: Summary) -> bool:
    """Whether its writes are faults; where fork has copied they are plain stores."""
    counts = [summary.value(key) for key in ("faults_copy", "faults_reuse")]
    return any(count != 0 for count in counts)


def scaling(family: str) -> Callable[[Sources], Table]:
    """Operations per second of all harts together, with 95 % intervals."""

    def table(sources: Sources) -> Table:
        if not sources.wall:
            raise LeftOut(sources.why_no_wall)
        from bench.host.analysis import boot_statistics  # not above: it takes long to import

        found, notes = _found(sources.wall, family)
        rows: list[tuple[Cell, ...]] = []
        few = []
        for variant, summaries in found.items():
            if family == "smp_fault" and not any(map(_faults, summaries)):
                notes.append(f"{variant}: left out, it has no such faults")
                continue
            for s in sorted(
                summaries, key=lambda s: (s.parameters["sharing"], s.parameters["harts"])
            ):
                time = boot_statistics.estimate(s)
                if time.low is None or time.high is None:
                    few.append(variant)
                limits: list[str | float] = [1e9 / t if t else "" for t in (time.high, time.low)]
                sharing, harts = s.parameters["sharing"], s.parameters["harts"]
                crowded = int(boot_statistics.oversubscribed(s))
                rows.append((variant, sharing, harts, 1e9 / time.median, *limits, crowded))
        if few:
            names = ", ".join(dict.fromkeys(few))
            notes.append(f"without intervals of {names}: measured in fewer than 5 boots")
        return Table(
            (
                "variant",
                "sharing",
                "harts",
                "operations_per_second",
                "low",
                "high",
                "oversubscribed",
            ),
            rows,
            notes,
        )

    return table


TABLES: dict[str, Callable[[Sources], Table]] = {
    "fork": sweep("fork"),
    "fork_exec": sweep("fork_exec"),
    "fork_touch": fork_touch,
    "write_fault": write_fault,
    "phases": phases,
    "memory": memory,
    "snapshot": snapshot,
    "metadata": metadata,
    "scaling_fork": scaling("smp_fork"),
    "scaling_fault": scaling("smp_fault"),
}
