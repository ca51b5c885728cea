"""What the cost models of variants/*/README.md predict, beside what was measured.

A model has parameters that a formula cannot know: what a page costs at fork, what a fault costs.
They are taken from some of the results, and the model then has to predict the others: for larger
processes, for other quantities, for whole workloads. The symbols are those of variants/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from bench.host.analysis import breakeven
from bench.host.analysis.study import Study

TABLES_ABOVE = 2  # the root and one middle table, for a heap that ends below 1 GiB
PAGE_BYTES = 4096
FRAMES_A_MEBIBYTE = 256
COPY = 2 * PAGE_BYTES // 8 + 15  # C: loads and stores of 8 bytes, the loop, the way in and out
FIRST_WRITES = 2  # of parent and child after a fork that shares: frames set aside
STACK_PAGES = 1  # that a child writes to until it waits
RECORDS_A_PAGE = 4  # of the store of snapshot
SCATTER = 2654435761  # the record of a rank is rank * SCATTER, modulo the records
WORKER_PAGES = 1024  # of the data of prefork
WORKER_REQUESTS = 64  # to each worker
COPYING_FAULT = "fault_phases/kind:1"
TABLE_SLOTS = 512  # of the hash table: in a frame, and the fewest there are


@dataclass(frozen=True)
class Prediction:
    """A value that a model gives, and the measured one."""

    what: str  # the name of a benchmark
    predicted: float
    measured: float

    @property
    def difference(self) -> float:
        return self.predicted - self.measured

    @property
    def error(self) -> float | None:
        """Of the prediction, in percent of what was measured; None where that is 0."""
        if self.measured == 0:
            return 0.0 if self.predicted == 0 else None
        return 100 * (self.predicted - self.measured) / self.measured


@dataclass(frozen=True)
class ForkModel:
    """Fork = F + t·L + p·n, its parts taken from the three smallest processes."""

    fixed: float
    per_table: float
    per_page: float
    taken_from: list[int]  # heap sizes
    predictions: list[Prediction]

    def worst(self) -> Prediction | None:
        there = [p for p in self.predictions if p.error is not None]
        return max(there, key=lambda p: abs(p.error or 0)) if there else None


@dataclass(frozen=True)
class FaultParts:
    """Of a write fault at one size of the heap, in instructions a page."""

    pages: int
    question: float | None = None  # Q: asking for the last owner
    giving_back: float | None = None  # R: the original, which nobody has any more
    saved: float | None = None  # by reuse in place, for a fault of the last owner
    counting: float | None = None  # what a hash table adds to a fault that copies

    @property
    def pays_from(self) -> float | None:
        """The share of faults by a last owner, in percent, from which asking costs less."""
        if not self.question or not self.saved or self.saved < 0:
            return None
        return 100 * self.question / (self.saved + self.question)


def fork(study: Study, variant: str) -> ForkModel | None:
    points = []
    for pages in study.sizes("fork"):
        time = study.time(variant, f"fork/pages:{pages}")
        resident = study.value(variant, f"fork/pages:{pages}", "resident_pages")
        tables = page_tables(study, variant, pages)
        if time is not None and resident is not None and tables is not None:
            points.append((pages, resident, tables - TABLES_ABOVE, time))
    if len(points) < 4:
        return None
    equations = numpy.array([(1, tables, resident) for _, resident, tables, _ in points[:3]])
    try:
        solved = numpy.linalg.solve(equations, [time for *_, time in points[:3]])
    except numpy.linalg.LinAlgError:  # these sizes tell tables and pages not apart
        return None
    fixed, per_table, per_page = map(float, solved)
    predictions = [
        Prediction(f"fork/pages:{pages}", fixed + per_table * tables + per_page * resident, time)
        for pages, resident, tables, time in points[3:]
    ]
    return ForkModel(fixed, per_table, per_page, [p[0] for p in points[:3]], predictions)


def shuffled(study: Study, variant: str) -> Prediction | None:
    """The fork that its model predicts, under the layout of memory in which it costs most."""
    made = fork(study, variant)
    found = [spread for spread in study.layouts() if spread.variant == variant]
    for prediction in made.predictions if made is not None else ():
        for spread in found:
            if spread.name == prediction.what:
                return Prediction(spread.name, prediction.predicted, max(spread.medians))
    return None


def page_tables(study: Study, variant: str, pages: int) -> float | None:
    """T: page tables of a process with this heap, when it has no child."""
    return study.value(variant, f"memory/pages:{pages}", "table_frames")


def table_frames(shared: float) -> int:
    """G: frames of the hash table for this number of shared frames."""
    if shared <= 0:
        return 0
    slots = TABLE_SLOTS
    while slots * 5 < shared * 8:
        slots *= 2
    return slots // TABLE_SLOTS


def memory(study: Study, variant: str) -> list[Prediction]:
    """Frames in use more than before, after fork and after the child's writes.

    Sharing: T + 2 + w + G; two frames are set aside for the first writes of parent and child, w are
    the child's written pages. Beside its heap a child writes to a few pages of its own stack and
    data: how many is taken from the process without a heap.
    """
    found = []
    own = _own_writes(study, variant)
    for pages in study.sizes("memory"):
        name = f"memory/pages:{pages}"
        tables = page_tables(study, variant, pages)
        resident = study.value(variant, f"fork/pages:{pages}", "resident_pages")
        if tables is None or resident is None or own is None:
            continue
        table = table_frames(resident) if study.store(variant) == "table" else 0
        for percent, written in ((None, 0.0), *((k, own + pages * k // 100) for k in (50, 100))):
            key = "frames_fork" if percent is None else f"frames_after_{percent}"
            measured = study.value(variant, name, key)
            if measured is not None:
                shared = FIRST_WRITES + written + table
                frames = tables + (shared if study.shares(variant) else resident)
                found.append(Prediction(f"{name} {key}", frames, measured))
    return found


def _own_writes(study: Study, variant: str) -> float | None:
    values = [
        study.value(variant, "memory/pages:0", key) for key in ("frames_after_0", "frames_fork")
    ]
    return None if values[0] is None or values[1] is None else values[0] - values[1]


def metadata(study: Study, variant: str) -> list[Prediction]:
    """Bytes of reference counts: 4·S in an array, on machines of several sizes; 4,096·G in a table,
    after forks of several sizes."""
    store = study.store(variant)
    if store == "array":
        return _array_bytes(study, variant)
    return _table_bytes(study, variant) if store == "table" else []


def _array_bytes(study: Study, variant: str) -> list[Prediction]:
    found = []
    largest = max(study.sizes("metadata"), default=0)
    for name in study.names("metadata"):
        measured = study.value(variant, name, "metadata_bytes")
        if measured is not None and study.parameters(name)["pages"] == largest:
            frames = study.parameters(name)["memory"] * FRAMES_A_MEBIBYTE
            found.append(Prediction(name, 4 * frames, measured))
    return found


def _table_bytes(study: Study, variant: str) -> list[Prediction]:
    found = []
    for pages in study.sizes("fork"):
        name = f"fork/pages:{pages}"
        resident = study.value(variant, name, "resident_pages")
        measured = study.value(variant, name, "metadata_bytes_peak")
        if resident is not None and measured is not None:
            found.append(Prediction(name, PAGE_BYTES * table_frames(resident), measured))
    return found


def faults(study: Study) -> FaultParts | None:
    """The parts of a write fault that are differences between neighboring variants."""
    sizes = [pages for pages in study.sizes("write_copy") if pages in study.sizes("write_last")]
    if not sizes:
        return None
    pages = 4096 if 4096 in sizes else sizes[-1]

    def time(variant: str, family: str) -> float | None:
        return study.time(variant, f"{family}/pages:{pages}")

    return FaultParts(
        pages,
        question=_minus(time("cow-reuse", "write_copy"), time("cow-array", "write_copy")),
        giving_back=_minus(time("cow-array", "write_last"), time("cow-array", "write_copy")),
        saved=_minus(time("cow-array", "write_last"), time("cow-reuse", "write_last")),
        counting=_minus(time("cow-hash", "write_copy"), time("cow-reuse", "write_copy")),
    )


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def break_even(study: Study, variant: str, pages: int) -> float | None:
    """The part of its pages, in percent, above which a child that writes makes sharing the dearer
    way: (p − p') / W, where the copy at fork costs p, sharing p', and a fault that copies W."""
    eager, sharing = fork(study, study.baseline), fork(study, variant)
    size = (
        pages if pages in study.sizes("write_copy") else max(study.sizes("write_copy"), default=0)
    )
    fault = study.time(variant, f"write_copy/pages:{size}")
    if eager is None or sharing is None or not fault:
        return None
    return 100 * (eager.per_page - sharing.per_page) / fault


def break_evens(study: Study, variant: str) -> list[Prediction]:
    """For each heap that fork_touch was measured with, and of which the results have a break-even."""
    eager, sharing = study.results.get(study.baseline), study.results[variant]
    if eager is None:
        return []
    found = []
    for pages in study.sizes(breakeven.FAMILY):
        predicted = break_even(study, variant, pages)
        measured = breakeven.percent(sharing, eager, pages)
        if predicted is not None and measured is not None:
            found.append(Prediction(f"{breakeven.FAMILY}/pages:{pages}", predicted, measured))
    return found


def copy(study: Study) -> Prediction | None:
    """The copy of a page, beside the phase of a fault that copies it."""
    for variant in study.sharing:
        measured = study.value(variant, COPYING_FAULT, "instructions_copy")
        if measured:
            return Prediction(f"{variant} {COPYING_FAULT}", COPY, measured)
    return None


def worst(study: Study) -> tuple[str, Prediction] | None:
    """The fork that the models predict worst: whose, and which."""
    there = [
        (variant, found)
        for variant in study.variants
        if (made := fork(study, variant)) and (found := made.worst())
    ]
    return max(there, key=lambda item: abs(item[1].error or 0)) if there else None


def cycles(study: Study, variant: str) -> list[Prediction]:
    """A fork, writes of the child, and its end, for the largest heap: fork_exit + w·W."""
    largest = study.largest(breakeven.FAMILY)
    if largest is None:
        return []
    pages = study.parameters(largest)["pages"]
    cycle = study.time(variant, f"fork_exit/pages:{pages}")
    fault = study.time(variant, f"write_copy/pages:{pages}")
    found = []
    for percent in (10, 50, 100):
        name = f"{breakeven.FAMILY}/pages:{pages}/percent:{percent}"
        measured = study.time(variant, name)
        if cycle is not None and fault is not None and measured is not None:
            written = pages * percent // 100
            found.append(Prediction(name, cycle + written * fault, measured))
    return found


def exit_per_page(study: Study, variant: str) -> float | None:
    """What the end of a child takes for each page: to give back a frame, or one of its owners."""
    largest = study.largest("fork_exit")
    if largest is None:
        return None
    pages = study.parameters(largest)["pages"]
    ends = [
        _minus(study.time(variant, f"fork_exit/pages:{p}"), study.time(variant, f"fork/pages:{p}"))
        for p in (0, pages)
    ]
    more = _minus(ends[1], ends[0])
    return None if more is None or not pages else more / pages


def capacity(study: Study, variant: str) -> list[Prediction]:
    """Children that fit: each takes its tables and its stack, and all its pages where fork copies.

    Each fork makes room in a hash table for all pages of the parent beside the entries that are
    there, although these are the same pages from the second fork on.
    """
    found = []
    for name in study.names("capacity"):
        pages = study.parameters(name)["pages"]
        tables = page_tables(study, variant, pages)
        resident = study.value(variant, f"fork/pages:{pages}", "resident_pages")
        free = study.value(variant, name, "frames_before")
        measured = study.value(variant, name, "children")
        if tables is None or resident is None or free is None or measured is None:
            continue
        child = tables + (STACK_PAGES if study.shares(variant) else resident)
        table = table_frames(2 * resident) if study.store(variant) == "table" else 0
        found.append(Prediction(name, max(0, (free - table) // child), measured))
    return found


def snapshot_copies(pages: int, updates: int) -> float:
    """Pages that so many updates are expected to write: those drawn at least once, of records whose
    popularity goes with 1 over their rank and which lie scattered over the pages."""
    records = RECORDS_A_PAGE * pages
    total = sum(1 / rank for rank in range(1, records + 1))
    chance = [0.0] * pages
    for rank in range(1, records + 1):
        chance[rank * SCATTER % records // RECORDS_A_PAGE] += 1 / (rank * total)
    return sum(1 - (1 - each) ** updates for each in chance)


def snapshots(study: Study, variant: str) -> list[Prediction]:
    """Copies for the parent while the saver is there."""
    found = []
    for name in study.names("snapshot"):
        parameters = study.parameters(name)
        measured = study.value(variant, name, "pages_copied_parent")
        if measured is not None:
            expected = snapshot_copies(parameters["pages"], parameters["updates"])
            found.append(Prediction(name, expected, measured))
    return found


def updates(study: Study, variant: str) -> list[Prediction]:
    """An update while the saver is there: one without it, and its share of the copies, W each."""
    found = []
    for name in study.names("snapshot"):
        parameters = study.parameters(name)
        alone = study.value(variant, name, "instructions_update_before")
        copies = study.value(variant, name, "pages_copied_parent")
        fault = study.time(variant, f"write_copy/pages:{parameters['pages']}")
        measured = study.value(variant, name, "instructions_update_during")
        if None not in (alone, copies, fault, measured):
            share = (copies or 0) * (fault or 0) / parameters["updates"]
            found.append(Prediction(name, (alone or 0) + share, measured or 0))
    return found


def requests(study: Study, variant: str) -> list[Prediction]:
    """A request to a worker: what it takes where nothing is shared, and its share of the copies."""
    found = []
    fault = study.time(variant, f"write_copy/pages:{WORKER_PAGES}")
    for name in study.names("prefork"):
        alone = study.time(study.baseline, name)
        copies = study.value(variant, name, "faults_copy")
        measured = study.time(variant, name)
        if None not in (alone, copies, fault, measured):
            share = (
                (copies or 0) * (fault or 0) / (WORKER_REQUESTS * study.parameters(name)["workers"])
            )
            found.append(Prediction(name, (alone or 0) + share, measured or 0))
    return found
