"""Reads what QEMU's block driver blklogwrites writes: the format of Linux's dm-log-writes.

The log starts with a superblock. Each entry is a header, padded to a sector, and the data that was
written. All numbers are little-endian and have 64 bits.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

MAGIC = 0x6A736677736872
VERSION = 1
SUPERBLOCK = struct.Struct("<QQQL")  # magic, version, number of entries, bytes of a sector
SECTOR = 512  # bytes, unless the superblock says otherwise
HEADER = struct.Struct("<QQQQ")  # sector, number of sectors, flags, bytes of data in the log
FLUSH = 1  # the only flag that this kernel's disks see; others ask for what no cut here does


class WriteLogError(Exception):
    """The file is no such log, or has something in it that cannot be replayed."""


@dataclass(frozen=True)
class Entry:
    """A write, a flush, or a flush and then a write."""

    offset: int  # bytes from the disk's start
    data: bytes
    flush: bool


@dataclass(frozen=True)
class WriteLog:
    sector: int  # bytes
    entries: list[Entry]
    ends: list[int]  # where each entry ends in the log, in bytes

    def entries_within(self, size: int) -> int:
        """How many entries lie in the first `size` bytes of the log."""
        return bisect_right(self.ends, size)


def read_write_log(path: Path) -> WriteLog:
    """Read a log to its end. QEMU writes the superblock at flushes only, so the number of entries
    is of no use, and before the first flush there are zeroes."""
    log = path.read_bytes()
    if len(log) < SUPERBLOCK.size:
        raise WriteLogError(f"{path}: too short")
    magic, version, _, sector = SUPERBLOCK.unpack_from(log)
    if (magic, version) == (0, 0):
        sector = SECTOR
    elif (magic, version) != (MAGIC, VERSION):
        raise WriteLogError(f"{path}: magic {magic:#x}, version {version}")
    entries: list[Entry] = []
    ends: list[int] = []
    at = sector
    while at < len(log):
        if at + sector > len(log):
            raise WriteLogError(f"{path}: cut off in entry {len(entries)}")
        first, sectors, flags, _ = HEADER.unpack_from(log, at)
        start, at = at + sector, at + sector + sectors * sector
        if flags & ~FLUSH or at > len(log):
            raise WriteLogError(f"{path}: entry {len(entries)}: {sectors} sectors, flags {flags}")
        entries.append(Entry(first * sector, log[start:at], bool(flags & FLUSH)))
        ends.append(at)
    return WriteLog(sector, entries, ends)
