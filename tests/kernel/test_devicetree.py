"""The reader of devicetrees: what it finds, what it refuses, and damaged ones (tests/kernel/dev).

With the sanitizers of the host's compiler, which see each read beyond the blob.
"""

from __future__ import annotations

import re
import struct
from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.kernel import devicetree as dt
from tests.kernel.devicetree import BEGIN_NODE, END, END_NODE, NOP, PROPERTY, Node
from tests.support.host_build import HOST_TESTS, SANITIZED, compile_host, headers, run_host

SOURCES = Path(__file__).with_name("dev")


@cache
def program() -> Path:
    flags = [*SANITIZED, *headers(SOURCES / "shim")]
    sources = [SOURCES / "devicetree.c", ROOT / "kernel" / "dev" / "devicetree.c"]
    return compile_host(HOST_TESTS / "devicetree", [*flags, *sources])


def reader(*arguments: str | Path) -> str:
    return run_host(program(), *arguments, timeout=120)


def show(folder: Path, blob: bytes, *paths: str) -> list[str]:
    file = folder / "tree.dtb"
    file.write_bytes(blob)
    return [line.strip() for line in reader("show", file, *paths).splitlines()]


WIDE = struct.pack(">Q", 2**62 + 1)  # as many cells take 4 bytes, if 64 bits have to do

# Cells of every size, both ways to name an interrupt, lists of strings, a deep tree, and values that
# are no strings and no numbers.
TREE = Node(
    "",
    {"#address-cells": 2, "#size-cells": 1, "interrupt-parent": 7},
    [
        Node("chosen", {"stdout-path": "/soc/serial@5"}),
        Node("memory@80000000", {"device_type": "memory", "reg": [1, 2, 3, 0, 16, 5]}),
        Node(
            "soc",
            {"compatible": ["first", "second"], "#address-cells": 1, "#size-cells": 0},
            [
                Node("serial@5", {"reg": [5, 6], "interrupts": [10, 1, 11, 2], "status": "okay"}),
                Node("timer", {"interrupts-extended": [8, 3, 7, 4, 9], "status": "disabled"}),
                Node("plic", {"phandle": 7, "#interrupt-cells": 2, "compatible": "second"}),
                Node("local", {"phandle": 8, "#interrupt-cells": 1, "reg": b"\0\0\0"}),
                Node("odd", {"compatible": b"second", "status": b"", "interrupts": b"\0\0\0\1"}),
            ],
        ),
        Node(
            "reserved-memory",
            {"#address-cells": 1, "#size-cells": 1},
            [Node("a", {"reg": [64, 1, 96, 2]}, [Node("inner", {"reg": [1, 1]})]), Node("b")],
        ),
        Node("wide", {"#address-cells": WIDE, "#size-cells": 0}, [Node("in", {"reg": [1, 2, 3]})]),
        Node("d1", {}, [Node("d2", {}, [Node("d3", {}, [Node("d4", {"phandle": 9})])])]),
    ],
)
RESERVATIONS = [(0x1000, 0x2000), (0, 1)]
BLOB = dt.flatten(TREE, RESERVATIONS)

FOUND = """
parent 0 1 compatible none number 0 0
parent 1 1 compatible none number 0 0
parent 1 1 compatible none number 0 0 reg 100000002 3 reg 10 5
parent 1 1 compatible first number 0 1
parent 4 1 compatible none number 0 0 reg 5 0 reg 6 0 interrupt 7 a interrupt 7 b
parent 4 0 compatible none number 0 0 interrupt 8 3 interrupt 7 4
parent 4 1 compatible second number 7 1
parent 4 1 compatible none number 8 0
parent 4 1 compatible none number 0 0
parent 1 1 compatible none number 0 0
parent a 1 compatible none number 0 0 reg 40 1 reg 60 2
parent b 1 compatible none number 0 0
parent a 1 compatible none number 0 0
parent 1 1 compatible none number 0 0
parent e 1 compatible none number 0 0
parent 1 1 compatible none number 0 0
parent 10 1 compatible none number 0 0
parent 11 1 compatible none number 0 0
parent 12 1 compatible none number 9 0
""".strip().splitlines()


def test_what_is_found(tmp_path: Path) -> None:
    paths = ["/", "/chosen", "/soc/serial@5:115200", "/soc/serial", "/soc/none", "/d1/d2/d3/d4"]
    *nodes, rest = show(tmp_path, BLOB, *paths)
    assert nodes == FOUND
    words = "memory 3 0 reserved 1000 2000 reserved 0 1 reserved 40 1 reserved 60 2 / 1 0"
    words += " /chosen 2 0 /soc/serial@5:115200 5 0 /soc/serial 5 0 /soc/none 0 0 /d1/d2/d3/d4 13 0"
    assert rest == f"{words} end {len(BLOB):x} 0"


def header_with(name: str, value: int) -> bytes:
    return dt.with_header(BLOB, **{name: value})


def tree_of(structure: bytes) -> bytes:
    return dt.with_structure(BLOB, structure)


def without_reservations_end(blob: bytes) -> bytes:
    """Its last two words, and all behind them, are no pair of zeroes."""
    return dt.with_header(blob + b"\1" * (40 - len(blob) % 8), reservations=len(blob) // 8 * 8 + 8)


PLACES = len(BLOB), 2**32 - 4, 2**31, 0, 4
ROOT_NODE = BEGIN_NODE + b"\0\0\0\0"
REFUSED = {
    "no_magic": (header_with("magic", 0xD00DFEEC), "there is none"),
    "old": (header_with("version", 16), "unknown version"),
    "new": (header_with("last_compatible", 18), "unknown version"),
    "small": (header_with("total_size", 39), "its size cannot be right"),
    "large": (header_with("total_size", 2**21 + 1), "its size cannot be right"),
    "cut": (header_with("total_size", len(BLOB) - 1), "strings block cannot lie"),
    "odd_structure": (
        header_with("structure", dt.header(BLOB)["structure"] + 2),
        "structure block",
    ),
    "odd_reservations": (header_with("reservations", 44), "reservation block"),
    "endless_reservations": (without_reservations_end(BLOB), "reservation block has no end"),
    "structure_size": (header_with("structure_size", 2**32 - 1), "structure block cannot lie"),
    "strings_size": (header_with("strings_size", 2**32 - 1), "strings block cannot lie"),
    "strings_end": (
        header_with("strings_size", dt.header(BLOB)["strings_size"] - 1),
        "strings block has no end",
    ),
    "empty": (tree_of(b""), "structure block is damaged"),
    "no_root": (tree_of(END), "ends within the tree"),
    "no_end": (tree_of(ROOT_NODE + END_NODE), "structure block is damaged"),
    "open": (tree_of(ROOT_NODE + END), "ends within the tree"),
    "closed_twice": (tree_of(ROOT_NODE + 2 * END_NODE + END), "no single tree"),
    "two_roots": (tree_of(2 * (ROOT_NODE + END_NODE) + END), "no single tree"),
    "property_outside": (tree_of(PROPERTY + bytes(8) + END), "no single tree"),
    "unknown_token": (
        tree_of(ROOT_NODE + struct.pack(">I", 5) + END),
        "structure block is damaged",
    ),
    "endless_name": (tree_of(BEGIN_NODE + b"name"), "structure block is damaged"),
    "cut_property": (tree_of(ROOT_NODE + PROPERTY + bytes(4)), "structure block is damaged"),
    "long_property": (
        tree_of(ROOT_NODE + PROPERTY + struct.pack(">2I", 2**32 - 12, 0) + END_NODE + END),
        "structure block is damaged",
    ),
    "unnamed_property": (
        tree_of(ROOT_NODE + PROPERTY + struct.pack(">2I", 0, 2**31) + END_NODE + END),
        "a property's name is not among its strings",
    ),
    **{
        f"{block}_at_{place:x}": (header_with(block, place), "block")
        for block in ("structure", "strings", "reservations")
        for place in PLACES
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    blob, reason = REFUSED[name]
    (line,) = show(tmp_path, blob)
    assert line.startswith("refused: ") and reason in line


def test_what_is_not_needed_may_be_there(tmp_path: Path) -> None:
    structure = NOP + dt.structure_of(BLOB)[:-4] + NOP + END + b"behind the end"
    assert show(tmp_path, tree_of(structure + b"\0\0"))[:-1] == FOUND


QEMU = "qemu-system-riscv64 -machine virt -smp 4 -display none".split()


@pytest.mark.parametrize(("tree", "tries"), [("qemu", 1000), ("own", 3000)])
@pytest.mark.parametrize("seed", ["1", "2"])
def test_damaged(tree: str, tries: int, seed: str, tmp_path: Path) -> None:
    """Whatever 1 to 4 bytes are, nothing outside is read. Of both kinds there must be many: those
    that are refused, and those that are read with wrong values in them."""
    blob = BLOB if tree == "own" else dt.dumped(tmp_path, QEMU)
    file = tmp_path / "tree.dtb"
    file.write_bytes(blob)
    said = reader("damage", file, seed, str(tries))
    found = re.match(r"(\d+) refused, (\d+) read, ", said)
    assert found and min(int(found[1]), int(found[2])) > tries / 10, said
