"""What a machine is made of, as hashes: two results with equal ones come from the same machine code and
the same disk. Comments and places of sources do not matter, nor does the rest of the project."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.host.running.machine import MachineConfig, check_files

ELF = b"\x7fELF\x02\x01"  # of 64 bits, little-endian
PT_LOAD = 1


def images(machines: Iterable[MachineConfig], build: Path) -> dict[str, str]:
    """The hash of each kernel and disk of these machines, by its place in build/. Raises MachineError
    when one is missing."""
    machines = list(machines)
    for each in machines:
        check_files(each)
    paths = {path for each in machines for path in (each.kernel, each.initrd) if path is not None}
    return {path.relative_to(build).as_posix(): image_hash(path) for path in sorted(paths)}


def image_hash(path: Path) -> str:
    """Of a kernel, what is loaded of it: what debuggers need names lines, which a comment moves."""
    content = path.read_bytes()
    digest = hashlib.sha256()
    for part in _loaded(content) if content.startswith(ELF) else [content]:
        digest.update(part)
    return "sha256:" + digest.hexdigest()


def _loaded(elf: bytes) -> Iterator[bytes]:
    """Where an ELF file starts, and its segments: their places in memory, sizes and bytes."""
    yield elf[24:32]
    for places, content in _segments(elf):
        yield struct.pack("<5Q", *places)
        yield content


def segments(elf: bytes) -> Iterator[tuple[int, bytes]]:
    """The virtual address and the bytes of each segment."""
    return ((places[0], content) for places, content in _segments(elf))


def _segments(elf: bytes) -> Iterator[tuple[tuple[int, ...], bytes]]:
    """Of each: addresses (virtual, physical), sizes (in the file, in memory), alignment; and bytes."""
    (table,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<2H", elf, 54)
    for number in range(count):
        kind, _, offset, *places = struct.unpack_from("<2I6Q", elf, table + number * size)
        if kind == PT_LOAD:
            yield tuple(places), elf[offset : offset + places[2]]
