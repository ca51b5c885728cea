"""Machines that fake_qemu.c plays for the probe: blocks of instructions, and what becomes of them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.probe.probe_build import program

# Instructions.
NOP, C_NOP = 0x00000013, 0x0001
LOAD, STORE, C_LOAD = 0x0005A503, 0x00A5A023, 0x4188  # lw a0, 0(a1); sw a0, 0(a1); c.lw a0, 0(a1)
AMO, LR, SC = 0x00A5A52F, 0x1005A52F, 0x18C5A52F
ECALL, EBREAK, UNIMP = 0x00000073, 0x00100073, 0xC0001073
SRET, MRET = 0x10200073, 0x30200073
FENCE, FENCE_I, FLUSH, FLUSH_PAGE = 0x0FF0000F, 0x0000100F, 0x12000073, 0x12050073
BRANCH = 0x00050863  # beqz a0, 16 bytes further
CALL, CALL_A0, JUMP_A0, RETURN = 0x020000EF, 0x000500E7, 0x00050067, 0x00008067
READ_CYCLE = 0xC0002573
BEGIN, END, KEEP = 0x5C102013, 0x5C202013, 0x5C302013
JOIN, LEAVE = 0x5C402013, 0x5C502013

FIRMWARE, KERNEL, USER = 0x80000000, 0xFFFFFFC080200000, 0x10000
VECTOR = KERNEL + 0x1000
OWN = 0x7F0000000000  # where QEMU has the RAM, whose first byte is that of the firmware
SPACE = (
    "space=firmware:80000000:801fffff:0",
    "space=kernel:ffffffc000000000:ffffffffffffffff:30",
    f"vector={VECTOR:x}",
)

Access = tuple[str, int, int]  # load, store, device_load, device_store; virtual; physical
Sample = dict[str, dict[str, int]]  # by mode


def size_of(bits: int) -> int:
    return 4 if bits & 3 == 3 else 2


@dataclass
class Block:
    name: str
    address: int
    instructions: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.address + sum(map(size_of, self.instructions))


@dataclass
class Output:
    samples: list[Sample] = field(default_factory=list)
    instructions: list[tuple[int, str, dict[str, int]]] = field(default_factory=list)
    makespans: list[int] = field(default_factory=list)
    waits: dict[int, tuple[int, int]] = field(default_factory=dict)  # by address
    moved: dict[int, tuple[int, int]] = field(default_factory=dict)


class Machine:
    """A script for fake_qemu. The firmware is translated first, as in any machine."""

    def __init__(self) -> None:
        self.script: list[str] = []
        self.count = 0
        self.run(self.block(FIRMWARE, NOP))

    def block(self, address: int, *instructions: int, physical: int | None = None) -> Block:
        self.count += 1
        block = Block(f"block{self.count}", address, instructions)
        if physical is None:
            physical = FIRMWARE + address % 0x1000000
        own = OWN + physical - FIRMWARE
        bits = " ".join(f"{each:x}" for each in instructions)
        self.script.append(f"block {block.name} {address:x} {own:x} {bits}")
        return block

    def run(
        self,
        block: Block,
        accesses: Mapping[int, Sequence[Access]] = {},
        faults_at: int | None = None,
        hart: int = 0,
    ) -> Block:
        """A hart begins a block, and goes through it to its end, or to an instruction that traps."""
        self.script.append(f"run {hart} {block.name}")
        for index in range(len(block.instructions)):
            self.script.append(f"insn {hart} {block.name} {index}")
            for access in accesses.get(index, ()):
                self.access(block, index, access, hart)
            if index == faults_at:
                break
        return block

    def access(self, block: Block, index: int, access: Access, hart: int = 0) -> None:
        kind, address, physical = access
        self.script.append(f"{kind} {hart} {block.name} {index} {address:x} {physical:x}")

    def go(self, address: int, *instructions: int, hart: int = 0) -> Block:
        """A block without accesses, once."""
        return self.run(self.block(address, *instructions), hart=hart)

    def result(self, folder: Path, *arguments: str, harts: int = 1) -> Output:
        done = start(f"out={folder}/out", *SPACE, *arguments, script=self.script, harts=harts)
        assert (done.returncode, done.stderr) == (0, "")
        return parsed((folder / "out").read_text())


def start(
    *arguments: str, script: Sequence[str] = (), target: str = "riscv64", harts: int = 1
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("fake_qemu"), target, str(harts), *arguments],
        input="".join(f"{line}\n" for line in script),
        capture_output=True,
        text=True,
        timeout=60,
    )


def parsed(text: str) -> Output:
    """What the probe wrote; events of a core are named NAME.EVENT, and those that are 0 are left out."""
    output, names, lines = Output(), [], text.splitlines()
    assert lines[0] == "probe 1"
    assert lines[-1] == f"end {sum(line.startswith('sample') for line in lines)}"
    for line in lines[1:-1]:
        word, *rest = line.split(" ")
        if word == "program":
            names = rest
        elif word == "core":
            names += [f"{rest[0]}.{event}" for event in rest[1:]]
        elif word == "sample":
            modes = dict(part.split("=") for part in rest)
            output.samples.append({m: counts_of(names, n) for m, n in modes.items()})
        elif word == "makespan":
            output.makespans.append(int(rest[0]))
        elif word in ("wait", "moved"):
            address, times, number = rest
            found = output.waits if word == "wait" else output.moved
            assert int(address, 16) not in found
            found[int(address, 16)] = int(times), int(number)
        else:
            assert word == "instruction"
            numbers = counts_of(names[: rest[4].count(",") + 1], rest[4])
            output.instructions.append((int(rest[0], 16), rest[3], numbers))
    return output


def counts_of(names: Sequence[str], text: str) -> dict[str, int]:
    numbers = map(int, text.split(","))
    return {name: n for name, n in zip(names, numbers, strict=True) if n}
