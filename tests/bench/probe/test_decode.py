"""What the probe sees in an instruction, against encodings by hand and against objdump's disassembly of all
that is built."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.host.running.machine import BUILD, kernel_path
from tests.bench.probe.probe_build import program
from tests.guest.guest_machine import variants_under_test

OBJDUMP = "riscv64-unknown-elf-objdump"


@dataclass(frozen=True)
class Seen:
    kind: str
    flags: str = ""  # of l s a c
    target: int = 0
    mark: int = 0


def decoded(instructions: Sequence[tuple[int, int]]) -> list[Seen]:
    """Of pairs of an address and an instruction."""
    done = subprocess.run(
        [program("decode_lines")],
        input="".join(f"{address:x} {bits:x}\n" for address, bits in instructions),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    return [Seen(k, f.removesuffix("-"), int(t, 16), int(m, 16)) for k, f, t, m in lines]


AT = 0x1000
BY_HAND = {
    0x00000013: Seen("plain"),  # nop
    0x0005B503: Seen("plain", "l"),  # ld a0, 0(a1)
    0x0005A507: Seen("plain", "l"),  # flw fa0, 0(a1)
    0x00A5B023: Seen("plain", "s"),  # sd a0, 0(a1)
    0x00A5B027: Seen("plain", "s"),  # fsd fa0, 0(a1)
    0x1005B52F: Seen("plain", "la"),  # lr.d a0, (a1)
    0x18C5B52F: Seen("plain", "lsac"),  # sc.d a0, a2, (a1)
    0x00C5B52F: Seen("plain", "lsa"),  # amoadd.d a0, a2, (a1)
    0xE0C5B52F: Seen("plain", "lsa"),  # amomaxu.d a0, a2, (a1)
    # Branches and jumps, near and as far as they go.
    0x00B50463: Seen("branch", target=AT + 8),  # beq a0, a1
    0x80B51063: Seen("branch", target=AT - 4096),  # bne a0, a1
    0x7EB57FE3: Seen("branch", target=AT + 4094),  # bgeu a0, a1
    0x0000006F: Seen("jump", target=AT),  # j .
    0x7FFFF06F: Seen("jump", target=AT + (1 << 20) - 2),
    0x800000EF: Seen("call", target=(AT - (1 << 20)) % 2**64),  # jal ra
    0x008002EF: Seen("call", target=AT + 8),  # jal t0
    0x0080036F: Seen("jump", target=AT + 8),  # jal t1: no link
    0x00008067: Seen("return"),  # ret
    0x00028067: Seen("return"),  # jr t0
    0x00050067: Seen("indirect"),  # jr a0
    0x000500E7: Seen("indirect_call"),  # jalr a0
    0x000502E7: Seen("indirect_call"),  # jalr t0, a0
    0x000080E7: Seen("indirect_call"),  # jalr ra, ra
    0x00050367: Seen("indirect"),  # jalr t1, a0
    # System.
    0x00000073: Seen("ecall"),
    0x00100073: Seen("break"),  # ebreak
    0xC0001073: Seen("break"),  # unimp
    0x10200073: Seen("trap_return"),  # sret
    0x30200073: Seen("trap_return"),  # mret
    0x10500073: Seen("plain"),  # wfi
    0x0FF0000F: Seen("fence"),
    0x8330000F: Seen("fence"),  # fence.tso
    0x0100000F: Seen("fence"),  # pause
    0x0000100F: Seen("fence_i"),
    0x12000073: Seen("flush"),  # sfence.vma
    0x12B00073: Seen("flush"),  # sfence.vma x0, a1
    0x12050073: Seen("flush_page"),  # sfence.vma a0
    0x12B50073: Seen("flush_page"),  # sfence.vma a0, a1
    0xC0002573: Seen("read_cycle"),  # rdcycle a0
    0xC0102573: Seen("plain"),  # rdtime a0
    0xC0202573: Seen("plain"),  # rdinstret a0
    0xC0006573: Seen("plain"),  # csrrsi a0, cycle, 0: written otherwise by all assemblers
    0xC005A573: Seen("plain"),  # csrrs a0, cycle, a1: an illegal one
    0x10002573: Seen("plain"),  # csrr a0, sstatus
    # Marks, and their neighbors.
    0x5C102013: Seen("mark", mark=0x5C1),
    0x5C202013: Seen("mark", mark=0x5C2),
    0x5C302013: Seen("mark", mark=0x5C3),
    0x5C002013: Seen("plain"),
    0x5C402013: Seen("mark", mark=0x5C4),
    0x5C502013: Seen("mark", mark=0x5C5),
    0x5C602013: Seen("plain"),
    0x5C102513: Seen("plain"),  # slti a0, x0
    0x5C152013: Seen("plain"),  # slti x0, a0
    0x5C103013: Seen("plain"),  # sltiu x0, x0
    0x5C100013: Seen("plain"),  # addi x0, x0
    # Compressed ones.
    0x0000: Seen("break"),  # defined as illegal
    0x0001: Seen("plain"),  # nop
    0x0808: Seen("plain"),  # addi a0, sp, 16
    0x2188: Seen("plain", "l"),  # fld fa0, 0(a1)
    0x4188: Seen("plain", "l"),  # lw a0, 0(a1)
    0x6188: Seen("plain", "l"),  # ld a0, 0(a1)
    0xA188: Seen("plain", "s"),  # fsd fa0, 0(a1)
    0xC188: Seen("plain", "s"),  # sw a0, 0(a1)
    0xE188: Seen("plain", "s"),  # sd a0, 0(a1)
    0x2502: Seen("plain", "l"),  # fld fa0, 0(sp)
    0x4502: Seen("plain", "l"),  # lw a0, 0(sp)
    0x6502: Seen("plain", "l"),  # ld a0, 0(sp)
    0xA02A: Seen("plain", "s"),  # fsd fa0, 0(sp)
    0xC02A: Seen("plain", "s"),  # sw a0, 0(sp)
    0xE02A: Seen("plain", "s"),  # sd a0, 0(sp)
    0x2505: Seen("plain"),  # addiw a0, a0, 1
    0x4505: Seen("plain"),  # li a0, 1
    0x0506: Seen("plain"),  # slli a0, a0, 1
    0x8D0D: Seen("plain"),  # sub a0, a0, a1
    0x852E: Seen("plain"),  # mv a0, a1
    0x952E: Seen("plain"),  # add a0, a0, a1
    0xA001: Seen("jump", target=AT),  # j .
    0xAFFD: Seen("jump", target=AT + 2046),
    0xB001: Seen("jump", target=AT - 2048),
    0xC111: Seen("branch", target=AT + 4),  # beqz a0
    0xED7D: Seen("branch", target=AT + 254),  # bnez a0
    0xF101: Seen("branch", target=AT - 256),
    0x8082: Seen("return"),  # ret
    0x8282: Seen("return"),  # jr t0
    0x8502: Seen("indirect"),  # jr a0
    0x9502: Seen("indirect_call"),  # jalr a0
    0x9002: Seen("break"),  # ebreak
}


def test_encodings() -> None:
    found = decoded([(AT, bits) for bits in BY_HAND])
    wrong = {hex(b): (f, w) for (b, w), f in zip(BY_HAND.items(), found, strict=True) if f != w}
    assert wrong == {}


# A line of objdump: address, bits, name, operands.
LINE = re.compile(r"^ *([0-9a-f]+):\t([0-9a-f]+) +\t(\S+)(?:\t(.*))?$")
LOADS = ("lb", "lh", "lw", "ld", "lbu", "lhu", "lwu", "fld", "flw")
STORES = ("sb", "sh", "sw", "sd", "fsd", "fsw")
OTHERS = {
    "ecall": "ecall",
    "ebreak": "break",
    "unimp": "break",
    "sret": "trap_return",
    "mret": "trap_return",
    "fence": "fence",
    "fence.i": "fence_i",
    "rdcycle": "read_cycle",
    "ret": "return",
}


def expected(name: str, operands: str) -> Seen:
    """What objdump's words say, without aliases but those of jumps."""
    words = re.split("[,() ]+", operands)
    address = next((int(word, 16) for word in words if re.fullmatch("[0-9a-f]+", word)), 0)
    links = words[0] in ("ra", "t0")
    if name in LOADS:
        return Seen("plain", "l")
    if name in STORES:
        return Seen("plain", "s")
    if name.startswith(("lr.", "sc.", "amo")):
        return Seen("plain", {"lr": "la", "sc": "lsac"}.get(name[:2], "lsa"))
    if re.fullmatch("b(eq|ne|lt|ge|gt|le)(u|z)?", name):
        return Seen("branch", target=int(words[-1], 16))
    if name == "j":
        return Seen("jump", target=address)
    if name == "jal":
        if len(words) == 1 or not re.fullmatch("[0-9a-f]+", words[-1]):
            return Seen("call", target=address)
        return Seen("call" if links or len(words) == 1 else "jump", target=int(words[-1], 16))
    if name == "jr":
        return Seen("return" if words[-1] == "t0" else "indirect")
    if name == "jalr":
        return Seen("indirect_call")
    if name == "sfence.vma":
        return Seen("flush_page" if words[0] not in ("", "zero") else "flush")
    if name == "slti" and words[:2] == ["zero", "zero"] and 0x5C1 <= int(words[2], 0) <= 0x5C5:
        return Seen("mark", mark=int(words[2], 0))
    return Seen(OTHERS.get(name, "plain"))


def disassembled(path: Path) -> Iterator[tuple[int, int, str, str]]:
    text = subprocess.run(
        [OBJDUMP, "-d", path], capture_output=True, text=True, timeout=120, check=True
    ).stdout
    for line in text.splitlines():
        match = LINE.match(line)
        if match and not match.group(3).startswith("."):  # data in between
            address, bits, name, operands = match.groups()
            operands = re.sub(r" *(<.*|#.*)$", "", operands or "")
            yield int(address, 16), int(bits, 16), name, operands


def programs() -> list[Path]:
    roots = [BUILD / f"{name}-root" for name in ("bench", "tests", "user")]
    found = [path for root in roots for path in root.rglob("*") if path.is_file()]
    return [path for path in found if path.read_bytes()[:4] == b"\x7fELF"]


@pytest.mark.parametrize("what", [*variants_under_test(), "programs"])
def test_all_that_is_built(what: str) -> None:
    """Each instruction once: at another address it is the same."""
    paths = programs() if what == "programs" else [kernel_path(what)]
    lines = sorted({line for path in paths for line in disassembled(path)})
    found = decoded([(address, bits) for address, bits, _, _ in lines])
    wrong = [
        (line, seen)
        for line, seen in zip(lines, found, strict=True)
        if seen != expected(line[2], line[3])
    ]
    assert wrong == []
    kinds = Counter(seen.kind for seen in found)
    assert min(kinds[kind] for kind in ("branch", "jump", "call", "return", "indirect")) > 0
    assert len(lines) > 5000
