"""Each kernel is made of the instructions that are compared: rv64imac, with Zicsr and Zifencei
(docs/reading-results.md, "The unit")."""

from __future__ import annotations

import re
import subprocess

import pytest

from bench.host.running.machine import kernel_path
from tests.guest.guest_machine import variants_under_test

# Opcodes (Unprivileged Architecture, chapter "RV32/64G Instruction Set Listings") in which all
# encodings that a compiler makes are of the base and of Zicsr: loads, stores, branches, jumps, lui,
# auipc, system.
WHOLE = {0x03, 0x23, 0x63, 0x67, 0x6F, 0x37, 0x17, 0x73}


def is_allowed(word: int) -> bool:
    funct3, funct7 = word >> 12 & 7, word >> 25 & 0x7F
    if word & 3 != 3:  # compressed; 1 and 5 outside of quadrant 1 are floating point
        return word & 3 == 1 or word >> 13 & 7 not in (1, 5)
    match word & 0x7F:
        case 0x33 | 0x3B:  # of two registers; 1: M
            return funct7 in (0, 1) or (funct7 == 0x20 and funct3 in (0, 5))
        case 0x13 | 0x1B if funct3 in (1, 5):  # shifts; bit 25 is one of the number in 64 bits
            return funct7 & 0x7E in ((0,) if funct3 == 1 else (0, 0x20))
        case 0x13 | 0x1B:
            return True
        case 0x2F:  # A
            return funct3 in (2, 3)
        case 0x0F:  # fence, fence.i
            return funct3 in (0, 1)
    return word & 0x7F in WHOLE


@pytest.mark.parametrize(
    "word, name",
    [
        (0x02_21_80_D7, "vadd.vv v1, v2, v3"),
        (0x02_05_70_87, "vle64.v v1, (a0)"),
        (0x20_B5_45_33, "sh2add a0, a0, a1"),
        (0x40_B5_75_33, "andn a0, a0, a1"),
        (0x60_05_15_13, "clz a0, a0"),
        (0x00_45_20_0F, "cbo.zero (a0)"),
        (0x02_A5_75_53, "fadd.d fa0, fa0, fa0"),
        (0x21_08, "c.fld fa0, 0(a0)"),
    ],
)
def test_other_instructions_are_noticed(word: int, name: str) -> None:
    assert not is_allowed(word), name


@pytest.mark.parametrize("variant", variants_under_test())
def test_kernels_are_made_of_rv64imac(variant: str) -> None:
    command = ["riscv64-unknown-elf-objdump", "-d", str(kernel_path(variant))]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    # objdump knows what is data among the code, and shows it as .word.
    line = r"^([0-9a-f]+):\t([0-9a-f]{4,8}) +\t(?!\.word)"
    code = re.findall(line, done.stdout, re.MULTILINE)
    assert len(code) > 5_000
    assert [(at, word) for at, word in code if not is_allowed(int(word, 16))] == []
