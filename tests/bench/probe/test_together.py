"""Regions that several harts share, under a made-up QEMU: how long they take side by side, which lines move
between harts, and what they wait for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bench.probe.made_up_machine import (
    AMO,
    FIRMWARE,
    JOIN,
    KEEP,
    KERNEL,
    LEAVE,
    LOAD,
    NOP,
    STORE,
    Access,
    Machine,
    Output,
    start,
)

LOCK, OTHER_LOCK, DATA = KERNEL + 0x8000, KERNEL + 0x8040, KERNEL + 0x8080
FRAME = KERNEL + 0x900000  # without a symbol
WAIT = KERNEL + 0x2000  # a function that waits
ARGUMENTS = (f"waits={WAIT:x}:{WAIT + 0xFF:x}", f"named={LOCK:x}:{LOCK + 0xFFF:x}")
HARTS = 4


def physical(address: int) -> int:
    return FIRMWARE + address % 0x1000000


class Together:
    """A machine whose hart 0 has begun a shared region."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.machine.go(KERNEL, JOIN)
        self.at = KERNEL + 0x100

    def run(self, hart: int, *instructions: int, address: int | None = None, data: int = 0) -> int:
        """A block in which all that accesses memory accesses these data. Returns its address."""
        if address is None:
            address, self.at = self.at, self.at + 0x40
        kinds = {LOAD: ["load"], STORE: ["store"], AMO: ["load", "store"]}
        accesses: dict[int, Sequence[Access]] = {
            index: [(kind, data, physical(data)) for kind in kinds[bits]]
            for index, bits in enumerate(instructions)
            if bits in kinds
        }
        self.machine.run(self.machine.block(address, *instructions), accesses, hart=hart)
        return address

    def result(self, folder: Path, hart: int = 0) -> Output:
        self.machine.go(self.at, LEAVE, KEEP, hart=hart)
        return self.machine.result(folder, *ARGUMENTS, harts=HARTS)


def test_a_round_takes_as_long_as_its_longest_turn(tmp_path: Path) -> None:
    """Turns of 1, 5, 3 and 2 instructions; then of 2 (hart 1) and 4 (hart 2); the end is in a third round."""
    region = Together()
    for hart, count in ((0, 1), (1, 5), (2, 3), (3, 2), (1, 2), (2, 4)):
        region.run(hart, *[NOP] * count)
    assert region.result(tmp_path).makespans == [5 + 4 + 0]


def test_a_hart_that_runs_on_alone_is_in_one_turn(tmp_path: Path) -> None:
    region = Together()
    for hart, count in ((0, 2), (1, 3), (1, 3), (0, 1)):
        region.run(hart, *[NOP] * count)
    assert region.result(tmp_path).makespans == [6 + 1]


def test_one_hart_takes_what_it_executes(tmp_path: Path) -> None:
    region = Together()
    region.run(0, *[NOP] * 9)
    found = region.result(tmp_path)
    assert found.makespans == [9]
    assert found.samples[0]["kernel"]["instructions"] == 9
    assert not found.waits and not found.moved


def test_the_region_ends_when_all_have_left(tmp_path: Path) -> None:
    region = Together()
    region.machine.go(region.at, JOIN, hart=1)
    region.machine.go(region.at, LEAVE, hart=0)
    region.run(0, NOP)  # told when it comes to more: in no sample
    region.run(1, NOP, NOP, NOP)
    found = region.result(tmp_path, hart=1)
    assert (
        found.samples[0]["kernel"]["instructions"] == 5
    )  # with the second JOIN and the first LEAVE
    region.machine.go(region.at, LEAVE, KEEP, hart=1)  # nobody is in it
    found = region.machine.result(tmp_path, *ARGUMENTS, harts=HARTS)
    assert found.samples[1:] == [{}] and len(found.makespans) == 1


@pytest.mark.parametrize(
    "accesses, moves",
    [
        ([(0, LOAD), (1, LOAD), (2, LOAD)], 0),  # nobody has changed it
        ([(0, STORE), (1, LOAD), (2, LOAD), (0, LOAD)], 1),  # the second reader finds it in memory
        ([(0, STORE), (1, STORE), (0, STORE)], 2),
        ([(0, LOAD), (1, STORE)], 1),  # taken from a reader
        ([(0, STORE), (1, LOAD), (0, STORE)], 2),
        ([(0, STORE), (0, LOAD), (0, AMO)], 0),
        ([(0, AMO), (1, AMO)], 1),
    ],
)
def test_lines_that_move(tmp_path: Path, accesses: list[tuple[int, int]], moves: int) -> None:
    region = Together()
    for hart, instruction in accesses:
        region.run(hart, instruction, NOP, data=DATA)
    found = region.result(tmp_path)
    assert found.samples[0]["kernel"].get("lines_moved", 0) == moves
    assert sum(times for times, _ in found.moved.values()) == moves
    assert found.moved.keys() <= {DATA}


def test_data_without_a_symbol_go_by_the_instruction(tmp_path: Path) -> None:
    region = Together()
    region.run(0, STORE, data=FRAME)
    reader = region.run(1, NOP, LOAD, data=FRAME)
    assert region.result(tmp_path).moved == {reader + 4: (1, 0)}


def test_another_word_of_the_line_moves_it_too(tmp_path: Path) -> None:
    region = Together()
    region.run(0, STORE, data=DATA)
    region.run(1, STORE, data=DATA + 60)
    region.run(1, STORE, data=DATA + 64)
    assert region.result(tmp_path).moved == {DATA + 60: (1, 1)}


def test_waits_go_to_the_lock_that_was_tried(tmp_path: Path) -> None:
    region = Together()
    region.run(1, AMO, data=LOCK)
    region.run(1, NOP, LOAD, NOP, address=WAIT, data=LOCK)
    region.run(1, NOP)
    region.run(2, AMO, data=OTHER_LOCK)
    region.run(2, NOP, NOP, address=WAIT)
    region.run(1, AMO, data=LOCK)
    region.run(2, AMO, address=WAIT + 0x20, data=DATA)  # still that of OTHER_LOCK
    region.run(2, NOP)
    region.run(1, NOP, address=WAIT)
    region.run(1, NOP)
    region.run(0, NOP)
    assert region.result(tmp_path).waits == {LOCK: (2, 4), OTHER_LOCK: (1, 3)}


def test_what_was_before_the_region_or_comes_behind_it_is_not_in_it(tmp_path: Path) -> None:
    region = Together()
    region.machine.script.pop()  # not begun
    region.machine.script.pop()
    for _ in range(2):
        region.run(1, AMO, data=LOCK)
        region.run(1, NOP, address=WAIT)
        region.run(2, STORE, NOP, data=LOCK)
        if not _:
            region.machine.go(region.at, JOIN)
            region.machine.go(region.at, LEAVE)
    region.machine.go(region.at, KEEP)
    found = region.machine.result(tmp_path, *ARGUMENTS, harts=HARTS)
    assert (found.waits, found.moved, found.makespans) == ({}, {}, [0])


@pytest.mark.parametrize(
    "hart, address, sent", [(0, 0x2000004, 1), (1, 0x2000004, 0), (0, 0x2004000, 0)]
)
def test_interrupts_to_other_harts(tmp_path: Path, hart: int, address: int, sent: int) -> None:
    """A hart that stores to its own word takes an interrupt back."""
    region = Together()
    block = region.machine.block(FIRMWARE + 0x100, STORE)
    region.machine.run(block, {0: [("device_store", address, 0)]}, hart=hart)
    region.run(hart, NOP)
    found = region.result(tmp_path)
    assert found.samples[0]["firmware"].get("interrupts_sent", 0) == sent


@dataclass
class Model:
    """The same, in other words: sets of harts for each line, and lists of turns."""

    having: dict[int, set[int]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    moved: Counter[int] = field(default_factory=Counter)
    turns: list[list[int]] = field(default_factory=list)  # hart, instructions

    def access(self, hart: int, address: int, store: bool) -> None:
        line = address // 64
        holders = self.having.setdefault(line, set())
        others = holders - {hart}
        if store:
            self.moved[address] += bool(others)
            self.having[line] = {hart}
            self.changed.add(line)
        elif hart not in holders:
            self.moved[address] += line in self.changed and bool(others)
            self.changed.discard(line)
            holders.add(hart)
        elif line in self.changed and others:
            raise AssertionError("a changed line has one hart")

    def run(self, hart: int, count: int) -> None:
        if not self.turns or self.turns[-1][0] != hart:
            self.turns.append([hart, 0])
        self.turns[-1][1] += count

    def makespan(self) -> int:
        rounds: list[list[int]] = [[]]
        last = -1
        for hart, count in self.turns:
            if hart < last:
                rounds.append([])
            rounds[-1].append(count)
            last = hart
        return sum(max(counts) for counts in rounds)


@pytest.mark.parametrize("seed", range(8))
def test_any_turns_of_any_harts(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    region, model = Together(), Model()
    model.run(0, 0)
    for _ in range(40):  # fake_qemu has room for 64 blocks
        hart = chance.randrange(HARTS)
        data = DATA + chance.choice((0, 8, 64, 128))
        instructions = [NOP] * chance.randrange(1, 6) + [chance.choice((LOAD, STORE, AMO, NOP))]
        region.run(hart, *instructions, data=data)
        model.run(hart, len(instructions))
        if instructions[-1] != NOP:
            model.access(hart, data, instructions[-1] != LOAD)
    region.run(0, NOP)
    model.run(0, 1)
    found = region.result(tmp_path)
    assert {name: times for name, (times, _) in found.moved.items()} == +model.moved
    assert found.makespans == [model.makespan()]


@pytest.mark.parametrize("argument", ["waits=x", "waits=2:1", "named=1", "named=1:2:3"])
def test_spans_that_are_none(argument: str) -> None:
    done = start("out=/dev/null", argument)
    assert done.returncode != 0
    assert f"probe: {argument}: it is FIRST:LAST" in done.stderr


def test_a_second_region_begins_anew(tmp_path: Path) -> None:
    region = Together()
    region.run(1, AMO, data=LOCK)
    region.run(1, NOP, address=WAIT)
    region.run(1, NOP)
    region.run(2, STORE, NOP, data=LOCK)
    region.machine.go(region.at, LEAVE)
    region.machine.go(region.at, LEAVE)  # of nobody: neither ends nor begins anything
    region.machine.go(region.at, JOIN)
    region.run(0, NOP, NOP)
    found = region.result(tmp_path)
    assert (found.waits, found.moved, found.makespans) == ({}, {}, [2])
