"""What a power cut may leave on a disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .write_log import WriteLog

# What a sector may hold after the cut: its content at the last flush, and all that was written to
# it since, the oldest first. Keys are offsets in bytes.
Versions = dict[int, list[bytes]]

# One write since the last flush: for each of its sectors, which version of it that is.
Write = dict[int, int]


@dataclass(frozen=True)
class Cut:
    """The disk after a cut."""

    at: int  # entries of the log that had begun
    kind: str  # which writes since the last flush got through
    image: bytes

    def __str__(self) -> str:
        return f"after {self.at} entries of the log, {self.kind}"


def cut(base: bytes, log: WriteLog, at: int, random: Random) -> Cut:
    """Cut the power when `at` entries of the log had begun, on a disk that was `base` before."""
    flushed = last_flush(log, at)
    disk = bytearray(base)
    for entry in log.entries[:flushed]:
        disk[entry.offset : entry.offset + len(entry.data)] = entry.data
    versions, writes = since(disk, log, flushed, at)
    kind = random.choice(list(KINDS)) if writes else "nothing to lose"
    if writes:
        for offset, version in KINDS[kind](versions, writes, random).items():
            disk[offset : offset + log.sector] = versions[offset][version]
    return Cut(at, kind, bytes(disk))


def last_flush(log: WriteLog, at: int) -> int:
    """How many entries are on the disk for certain. A flush with data is a flush and a write."""
    for number in range(at, 0, -1):
        if log.entries[number - 1].flush:
            return number - 1
    return 0


def since(disk: bytearray, log: WriteLog, flushed: int, at: int) -> tuple[Versions, list[Write]]:
    versions: Versions = {}
    writes: list[Write] = []
    for entry in log.entries[flushed:at]:
        write: Write = {}
        for start in range(0, len(entry.data), log.sector):
            offset = entry.offset + start
            known = versions.setdefault(offset, [bytes(disk[offset : offset + log.sector])])
            known.append(entry.data[start : start + log.sector])
            write[offset] = len(known) - 1
        if write:
            writes.append(write)
    return versions, writes


# Each of these says which version each sector has. Sectors that it leaves out are as at the flush.
Choice = Callable[[Versions, list[Write], Random], Write]


def _together(writes: list[Write]) -> Write:
    chosen: Write = {}
    for write in writes:
        chosen.update(write)
    return chosen


def _all(versions: Versions, writes: list[Write], random: Random) -> Write:
    return _together(writes)


def _none(versions: Versions, writes: list[Write], random: Random) -> Write:
    return {}


def _some_writes(versions: Versions, writes: list[Write], random: Random) -> Write:
    """Any of the writes, in any order."""
    share = random.random()
    arrived = [write for write in writes if random.random() < share]
    return _together(random.sample(arrived, len(arrived)))


def _all_but_one(versions: Versions, writes: list[Write], random: Random) -> Write:
    lost = random.randrange(len(writes))
    return _together(writes[:lost] + writes[lost + 1 :])


def _one_alone(versions: Versions, writes: list[Write], random: Random) -> Write:
    return random.choice(writes)


def _one_torn(versions: Versions, writes: list[Write], random: Random) -> Write:
    """All of the writes but a part of one."""
    torn = random.randrange(len(writes))
    part = {offset: version for offset, version in writes[torn].items() if random.random() < 0.5}
    return _together([*writes[:torn], part, *writes[torn + 1 :]])


def _some_sectors(versions: Versions, writes: list[Write], random: Random) -> Write:
    return {offset: random.randrange(len(known)) for offset, known in versions.items()}


KINDS: dict[str, Choice] = {
    "all writes arrived": _all,
    "no write since the flush arrived": _none,
    "some writes arrived": _some_writes,
    "all writes but one arrived": _all_but_one,
    "one write alone arrived": _one_alone,
    "one write was torn": _one_torn,
    "some sectors arrived": _some_sectors,
}
