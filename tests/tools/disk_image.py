"""Reads and changes disk images, from the format in kernel/fs/format.h alone: what the tools in
tools/ do is tested against this second reading of the format.

Numbers are changed with as little as possible in the way, so that tests can plant faults.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = 1024
ROOT = 1
DIRECT = 11
ADDRESSES = BLOCK // 4
MAX_FILE = (DIRECT + ADDRESSES + ADDRESSES**2) * BLOCK
FREE, DIRECTORY, FILE, DEVICE = range(4)
LOG_MAGIC = 0x4377464C
SUPER_FIELDS = (
    "magic version block_size blocks log_start log_blocks inode_start inodes bitmap_start data_start"
).split()


def checksum(words: list[int]) -> int:
    """FNV-1a, a word at a time."""
    value = 2166136261
    for word in words:
        value = ((value ^ word) * 16777619) & 0xFFFFFFFF
    return value


@dataclass
class Inode:
    type: int = FREE
    major: int = 0
    minor: int = 0
    links: int = 0
    size: int = 0
    address: list[int] = field(default_factory=lambda: [0] * (DIRECT + 2))


@dataclass
class Entry:
    inode: int
    name: bytes  # as on the disk, with its zeroes


class DiskImage:
    """An image in memory. `disk.super["blocks"]` and so on are as they were when it was read."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        values = struct.unpack_from(f"<{len(SUPER_FIELDS)}I", self.data)
        self.super: dict[str, int] = dict(zip(SUPER_FIELDS, values))

    @classmethod
    def load(cls, path: Path) -> DiskImage:
        return cls(path.read_bytes())

    def store(self, path: Path) -> Path:
        path.write_bytes(self.data)
        return path

    # The superblock and the log.

    def set_super(self, name: str, value: int, *, seal: bool = True) -> None:
        """Change a field; seal: make the checksum right for it."""
        struct.pack_into("<I", self.data, 4 * SUPER_FIELDS.index(name), value)
        if seal:
            count = len(SUPER_FIELDS)
            words = list(struct.unpack_from(f"<{count}I", self.data))
            struct.pack_into("<I", self.data, 4 * count, checksum(words))

    def super_is_sealed(self) -> bool:
        *words, found = struct.unpack_from(f"<{len(SUPER_FIELDS) + 1}I", self.data)
        return checksum(list(words)) == int(found)

    def commit(
        self,
        blocks: dict[int, bytes],
        *,
        sequence: int = 7,
        first: int = 0,
        count: int | None = None,
    ) -> None:
        """Put a finished commit into the log; count: what the header says."""
        words = [LOG_MAGIC, sequence, first, len(blocks) if count is None else count]
        homes = list(blocks)
        header = [*words, checksum([*words, *homes[: words[3]]]), *homes]
        start = self.super["log_start"] * BLOCK
        struct.pack_into(f"<{len(header)}I", self.data, start, *header)
        for number, content in enumerate(blocks.values()):
            self.set_block(self.super["log_start"] + 1 + first + number, content)

    # Blocks and the bitmap.

    def block(self, number: int) -> bytes:
        return bytes(self.data[number * BLOCK : (number + 1) * BLOCK])

    def set_block(self, number: int, content: bytes) -> None:
        assert len(content) <= BLOCK
        self.data[number * BLOCK : number * BLOCK + len(content)] = content

    def word(self, block: int, index: int) -> int:
        return int(struct.unpack_from("<I", self.data, block * BLOCK + 4 * index)[0])

    def set_word(self, block: int, index: int, value: int) -> None:
        struct.pack_into("<I", self.data, block * BLOCK + 4 * index, value)

    def is_marked(self, block: int) -> bool:
        return bool(self.data[self._bitmap_byte(block)] >> block % 8 & 1)

    def mark(self, block: int, used: bool = True) -> None:
        byte = self._bitmap_byte(block)
        self.data[byte] = self.data[byte] & ~(1 << block % 8) | used << block % 8

    def _bitmap_byte(self, block: int) -> int:
        return self.super["bitmap_start"] * BLOCK + block // 8

    def free_block(self) -> int:
        return next(
            block
            for block in range(self.super["data_start"], self.super["blocks"])
            if not self.is_marked(block)
        )

    # Inodes.

    def inode_place(self, number: int) -> int:
        return self.super["inode_start"] * BLOCK + number * 64

    def inode(self, number: int) -> Inode:
        kind, major, minor, links, size, *address = struct.unpack_from(
            "<4HI13I", self.data, self.inode_place(number)
        )
        return Inode(kind, major, minor, links, size, address)

    def set_inode(self, number: int, inode: Inode) -> None:
        struct.pack_into(
            "<4HI13I",
            self.data,
            self.inode_place(number),
            *(inode.type, inode.major, inode.minor, inode.links, inode.size, *inode.address),
        )

    def free_inode(self) -> int:
        return next(n for n in range(1, self.super["inodes"]) if self.inode(n).type == FREE)

    def slots(self, number: int) -> Iterator[int]:
        """The addresses of all blocks of content, in order, as far as there can be some."""
        address = self.inode(number).address
        yield from address[:DIRECT]
        tables = [address[DIRECT]]
        if address[DIRECT + 1]:
            tables += [self.word(address[DIRECT + 1], index) for index in range(ADDRESSES)]
        for table in tables:
            for index in range(ADDRESSES):
                yield self.word(table, index) if table else 0

    def content(self, number: int) -> bytes:
        size = self.inode(number).size
        data = b""
        for block in self.slots(number):
            if len(data) >= size:
                break
            data += self.block(block) if block else bytes(BLOCK)
        assert len(data) >= size
        return data[:size]

    # Directories.

    def entries(self, number: int) -> list[Entry]:
        return [Entry(*fields) for fields in struct.iter_unpack("<H14s", self.content(number))]

    def set_entry(self, directory: int, position: int, inode: int, name: bytes) -> None:
        """Write an entry of the directory's first block; grows the directory to hold it."""
        folder = self.inode(directory)
        struct.pack_into("<H14s", self.data, folder.address[0] * BLOCK + position * 16, inode, name)
        folder.size = max(folder.size, (position + 1) * 16)
        self.set_inode(directory, folder)

    def paths(self) -> dict[str, int]:
        """All names on the disk, with the number of the inode; names in Latin-1."""
        found = {"/": ROOT}
        waiting = ["/"]
        while waiting:
            path = waiting.pop()
            for entry in self.entries(found[path])[2:]:
                if not entry.inode:
                    continue
                below = path.rstrip("/") + "/" + entry.name.rstrip(b"\0").decode("latin-1")
                found[below] = entry.inode
                if self.inode(entry.inode).type == DIRECTORY:
                    waiting.append(below)
        return found
