"""Devicetrees: QEMU's own, and others that are made here (Devicetree Specification 0.4, chapter 5)."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.host.running.machine import MachineConfig

HEADER = struct.Struct(">10I")  # section 5.2
FIELDS = (
    "magic total_size structure strings reservations version last_compatible boot_hart strings_size"
    " structure_size"
).split()
BEGIN_NODE, END_NODE, PROPERTY, NOP, END = (struct.pack(">I", n) for n in (1, 2, 3, 4, 9))

Value = bytes | str | int | list[int] | list[str]


@dataclass
class Node:
    name: str
    properties: dict[str, Value] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)


def of_machine(folder: Path, machine: MachineConfig) -> bytes:
    """What QEMU hands to the firmware of a machine."""
    return dumped(folder, machine.command())


def dumped(folder: Path, command: Sequence[str]) -> bytes:
    """What QEMU, called like this, hands to the firmware."""
    path = folder / "machine.dtb"
    words = [f"virt,dumpdtb={path}" if word == "virt" else word for word in command]
    subprocess.run(words, stdin=subprocess.DEVNULL, check=True, capture_output=True, timeout=60)
    blob = path.read_bytes()
    return blob[: header(blob)["total_size"]]


def header(blob: bytes) -> dict[str, int]:
    return dict(zip(FIELDS, HEADER.unpack_from(blob)))


def with_header(blob: bytes, **fields: int) -> bytes:
    """The blob with other values in its header."""
    return HEADER.pack(*{**header(blob), **fields}.values()) + blob[HEADER.size :]


def with_structure(blob: bytes, structure: bytes) -> bytes:
    """The blob with another structure block, behind all else."""
    begin = (len(blob) + 7) // 8 * 8
    padded = blob.ljust(begin, b"\0") + structure
    return with_header(
        padded, structure=begin, structure_size=len(structure), total_size=len(padded)
    )


def structure_of(blob: bytes) -> bytes:
    at = header(blob)["structure"]
    return blob[at : at + header(blob)["structure_size"]]


def flatten(root: Node, reservations: Sequence[tuple[int, int]] = ()) -> bytes:
    """The blob of a tree."""
    strings = bytearray()
    structure = _node(root, strings) + END
    reserved = b"".join(struct.pack(">2Q", *pair) for pair in [*reservations, (0, 0)])
    at = HEADER.size + len(reserved)
    total = at + len(structure) + len(strings)
    fields = (0xD00DFEED, total, at, at + len(structure), HEADER.size, 17, 16, 0)
    sizes = (len(strings), len(structure))
    return HEADER.pack(*fields, *sizes) + reserved + structure + bytes(strings)


def _node(node: Node, strings: bytearray) -> bytes:
    out = BEGIN_NODE + _padded(node.name.encode() + b"\0") + NOP
    for name, value in node.properties.items():
        data = _bytes(value)
        out += PROPERTY + struct.pack(">2I", len(data), _string(name, strings)) + _padded(data)
    return out + b"".join(_node(child, strings) for child in node.children) + END_NODE


def _string(text: str, strings: bytearray) -> int:
    """Where a text stands among the strings, to which it is added if need be."""
    wanted = text.encode() + b"\0"
    if wanted not in strings:
        strings += wanted
    return strings.index(wanted)


def _bytes(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, list):
        return b"".join(_bytes(part) for part in value)
    return value.encode() + b"\0" if isinstance(value, str) else struct.pack(">I", value)


def _padded(data: bytes) -> bytes:
    return data.ljust((len(data) + 3) // 4 * 4, b"\0")
