"""Make the files that the guest tests of exec need beside the test programs.

usage: make_files.py FOLDER

FOLDER/good holds programs that are unusual but right and end with status 42; FOLDER/bad holds
files that exec must refuse, each wrong in one way and otherwise equal to good/plain.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

PAGE = 4096
PT_NULL, PT_LOAD, PT_NOTE = 0, 1, 4
EXECUTE, WRITE, READ = 1, 2, 4
EHDR_SIZE, PHDR_SIZE = 64, 56
TOP = (1 << 64) - PAGE  # the last page of all addresses
USER_END = 1 << 38

# li a0, 42; li a7, 2 (exit); ecall
EXIT_42 = struct.pack("<III", 0x02A00513, 0x00200893, 0x00000073)


@dataclass(frozen=True)
class Segment:
    """A program header, by the names of the ELF specification, with its content."""

    vaddr: int
    data: bytes = b""
    flags: int = READ | WRITE
    type: int = PT_LOAD
    memsz: int | None = None  # None: as much as is in the file
    filesz: int | None = None
    offset: int | None = None  # None: where the content is


TEXT = Segment(vaddr=0, data=EXIT_42 + bytes(PAGE - len(EXIT_42)), flags=READ | EXECUTE)
DATA = Segment(vaddr=PAGE, data=b"data" * 100, memsz=2 * PAGE)


@dataclass(frozen=True)
class Program:
    """An ELF file for RV64, by the names of the ELF specification."""

    segments: tuple[Segment, ...] = (TEXT, DATA)
    magic: bytes = b"\x7fELF"
    file_class: int = 2  # 64 bits
    byte_order: int = 1  # little-endian
    type: int = 2  # executable
    machine: int = 243  # RISC-V
    entry: int = 0
    phoff: int = EHDR_SIZE
    phentsize: int = PHDR_SIZE
    phnum: int | None = None
    edit: Callable[[bytes], bytes] = field(default=lambda image: image)

    def image(self) -> bytes:
        ident = self.magic + bytes([self.file_class, self.byte_order, 1, 0]) + bytes(8)
        phnum = len(self.segments) if self.phnum is None else self.phnum
        header = ident + struct.pack(
            "<HHIQQQIHHHHHH",
            *(self.type, self.machine, 1, self.entry, self.phoff, 0, 0),
            *(EHDR_SIZE, self.phentsize, phnum, 0, 0, 0),
        )
        offset = PAGE
        table = content = b""
        for segment in self.segments:
            table += _program_header(segment, offset)
            padded = segment.data + bytes(-len(segment.data) % PAGE)
            content += padded
            offset += len(padded)
        head = header + table
        return self.edit(head + bytes(PAGE - len(head)) + content)


def _program_header(segment: Segment, offset: int) -> bytes:
    filesz = len(segment.data) if segment.filesz is None else segment.filesz
    return struct.pack(
        "<IIQQQQQQ",
        segment.type,
        segment.flags,
        offset if segment.offset is None else segment.offset,
        segment.vaddr,
        segment.vaddr,
        filesz,
        filesz if segment.memsz is None else segment.memsz,
        PAGE,
    )


def _with_data(**changes: Any) -> Program:
    """The plain program, with a data segment that is different."""
    return Program(segments=(TEXT, replace(DATA, **changes)))


GOOD: dict[str, Program] = {
    "plain": Program(),
    # What is not to be loaded is none of the kernel's business, whatever it says.
    "other_segments": Program(
        segments=(
            Segment(vaddr=TOP, type=PT_NOTE, data=b"note", memsz=1 << 60),
            TEXT,
            Segment(vaddr=0, type=PT_NULL, filesz=1 << 50, offset=1 << 50),
            DATA,
        )
    ),
    "bss_only": _with_data(data=b"", memsz=3 * PAGE),
    # As linkers leave it with -N: one segment to read, write and run, anywhere in the file.
    "one_segment": Program(
        segments=(
            Segment(
                vaddr=0,
                data=bytes(120) + EXIT_42,
                flags=READ | WRITE | EXECUTE,
                offset=PAGE + 120,
                filesz=len(EXIT_42),
                memsz=2 * PAGE + 8,
            ),
        )
    ),
    "empty_segment": Program(segments=(TEXT, DATA, Segment(vaddr=8 * PAGE, memsz=0))),
}

BAD: dict[str, bytes | Program] = {
    "empty": b"",
    "text": b"This is no program.\n" * 30,
    "script": b"#!/tests/minimal\n" + bytes(8192),
    "magic": Program(magic=b"\x7fELG"),
    "class_32": Program(file_class=1),
    "big_endian": Program(byte_order=2),
    "machine": Program(machine=62),  # x86-64
    "type_object": Program(type=1),
    "header_cut": Program(edit=lambda image: image[: EHDR_SIZE - 4]),
    "phdrs_cut": Program(edit=lambda image: image[: EHDR_SIZE + PHDR_SIZE + 8]),
    "segment_cut": Program(edit=lambda image: image[: 2 * PAGE + 100]),
    "phnum_huge": Program(phnum=0xFFFF),
    "phnum_zero": Program(phnum=0),
    "phoff_huge": Program(phoff=1 << 40),
    "phoff_wraps": Program(phoff=(1 << 64) - PHDR_SIZE),
    "phentsize": Program(phentsize=1),
    "offset_huge": _with_data(offset=1 << 45),
    "offset_wraps": _with_data(offset=(1 << 64) - 100),
    "filesz_large": _with_data(memsz=100),
    "memsz_huge": _with_data(memsz=1 << 37),
    "memsz_8_gib": _with_data(memsz=8 << 30),
    "addr_unaligned": _with_data(vaddr=PAGE + 2048),
    "addr_too_high": _with_data(vaddr=USER_END),
    "addr_in_kernel": _with_data(vaddr=0xFFFFFFC080200000),
    "addr_wraps": _with_data(vaddr=TOP, memsz=2 * PAGE),
    "overlap": _with_data(vaddr=0),
    "entry_outside": Program(entry=64 * PAGE),
    "entry_kernel": Program(entry=0xFFFFFFC080200000),
    "entry_in_data": Program(entry=PAGE),
}


def write_files(folder: Path, files: Mapping[str, bytes | Program]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        image = content if isinstance(content, bytes) else content.image()
        (folder / name).write_bytes(image)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: make_files.py FOLDER", file=sys.stderr)
        return 2
    write_files(Path(arguments[0]) / "good", GOOD)
    write_files(Path(arguments[0]) / "bad", BAD)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
