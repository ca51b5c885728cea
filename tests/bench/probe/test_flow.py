"""The plugin on the host, with sanitizers, under a made-up QEMU: what it tells from blocks and accesses, what
it writes, and what it says to wrong arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.probe.made_up_machine import (
    AMO,
    BEGIN,
    BRANCH,
    C_NOP,
    CALL,
    EBREAK,
    ECALL,
    END,
    FENCE,
    FENCE_I,
    FIRMWARE,
    FLUSH,
    FLUSH_PAGE,
    KEEP,
    KERNEL,
    LOAD,
    LR,
    MRET,
    NOP,
    READ_CYCLE,
    RETURN,
    SC,
    SRET,
    STORE,
    UNIMP,
    USER,
    VECTOR,
    Access,
    Block,
    Machine,
    Sample,
    start,
)

CORE = (
    "core=one/l1i:4096:4:64:lru/l1d:4096:4:64:lru/l2:16384:4:64:lru/itlb:8:8:lru/dtlb:16:16:lru"
    "/walk:8/branch:64:2:8:4"
)
DATA, FRAME = 0x200000, 0x81000000


def load(address: int = DATA, physical: int = FRAME) -> Access:
    return "load", address, physical


def store(address: int = DATA, physical: int = FRAME) -> Access:
    return "store", address, physical


class Region:
    """A machine in a region, whose begin is in front of USER: what is run there is counted."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.machine.go(USER - 4, BEGIN)
        self.at = USER

    def block(self, *instructions: int) -> Block:
        """Of what comes next."""
        return self.machine.block(self.at, *instructions)

    def run(self, *instructions: int, accesses: dict[int, list[Access]] | None = None) -> Block:
        block = self.machine.run(self.block(*instructions), accesses or {})
        self.at = block.end
        return block

    def trap(self, *instructions: int) -> None:
        """A handler with so many instructions and an sret."""
        self.machine.go(VECTOR, *instructions, SRET)

    def sample(self, folder: Path, *arguments: str, harts: int = 1) -> Sample:
        self.machine.go(self.at, END, KEEP)
        output = self.machine.result(folder, *arguments, harts=harts)
        assert len(output.samples) == 1
        return output.samples[0]


def test_straight_code(tmp_path: Path) -> None:
    region = Region()
    region.run(NOP, C_NOP, NOP)
    region.run(LOAD, STORE, accesses={0: [load()], 1: [store()]})
    assert region.sample(tmp_path) == {"user": {"instructions": 5, "loads": 1, "stores": 1}}


def test_modes_are_told_from_addresses(tmp_path: Path) -> None:
    region = Region()
    region.run(NOP, ECALL)
    region.machine.go(VECTOR, NOP, ECALL)
    region.machine.go(FIRMWARE + 0x500, NOP, NOP, MRET)
    region.machine.go(VECTOR + 8, NOP, SRET)
    assert region.sample(tmp_path) == {
        "user": {"instructions": 2, "traps_call": 1},
        "kernel": {"instructions": 4, "traps_firmware": 1},
        "firmware": {"instructions": 3},
    }


def test_branches(tmp_path: Path) -> None:
    region = Region()
    region.run(NOP, BRANCH)
    region.run(BRANCH)  # the one before was not taken
    region.at += 12
    region.run(NOP)
    expected = {"instructions": 4, "branches": 2, "branches_taken": 1, "one.mispredicts": 1}
    found = region.sample(tmp_path, CORE)["user"]
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("instruction, event", [(LOAD, "loads"), (STORE, "stores")])
def test_a_fault_and_its_retry(tmp_path: Path, instruction: int, event: str) -> None:
    region = Region()
    access = load() if event == "loads" else store()
    region.machine.run(region.block(NOP, instruction, NOP), faults_at=1)
    region.at += 4
    region.trap(NOP)
    region.run(instruction, NOP, accesses={0: [access]})
    assert region.sample(tmp_path) == {
        "user": {"instructions": 3, event: 1, f"traps_{event[:-1]}": 1},
        "kernel": {"instructions": 2},
    }


def test_the_retry_needs_a_new_translation(tmp_path: Path) -> None:
    """The entry was there, and said read-only; the frame is the same."""
    region = Region()
    region.run(LOAD, accesses={0: [load()]})
    region.machine.run(region.block(STORE), faults_at=0)
    region.trap(NOP)
    region.run(STORE, accesses={0: [store()]})
    region.run(STORE, accesses={0: [store()]})
    found = region.sample(tmp_path, CORE)["user"]
    assert (found["one.dtlb_misses"], found["one.l1d_misses"]) == (2, 1)


def test_the_second_of_two_accesses_faults(tmp_path: Path) -> None:
    region = Region()
    region.machine.run(region.block(LOAD, NOP, STORE, NOP), {0: [load()]}, faults_at=2)
    region.at += 8
    region.trap()
    region.run(STORE, NOP, accesses={0: [store()]})
    assert region.sample(tmp_path)["user"] == {
        "instructions": 4,
        "loads": 1,
        "stores": 1,
        "traps_store": 1,
    }


@pytest.mark.parametrize("last", [NOP, LOAD, BRANCH, CALL])
def test_an_interrupt_between_blocks(tmp_path: Path, last: int) -> None:
    region = Region()
    region.run(NOP, last, accesses={1: [load()]} if last == LOAD else {})
    region.trap(NOP, NOP)
    region.run(NOP)
    found = region.sample(tmp_path)
    assert found["user"]["instructions"] == 3
    assert found["user"]["traps_interrupt"] == 1
    assert found["kernel"] == {"instructions": 3}


def test_an_interrupt_whose_handler_is_not_known_yet(tmp_path: Path) -> None:
    region = Region()
    region.run(NOP, NOP)
    region.machine.go(KERNEL + 0x8000, NOP, SRET)
    region.run(CALL)
    region.machine.go(KERNEL + 0x8000, NOP, SRET)  # learned from the first
    region.run(NOP)
    assert region.sample(tmp_path)["user"] == {"instructions": 4, "traps_interrupt": 2}


@pytest.mark.parametrize("instruction", [EBREAK, UNIMP, 0])
def test_what_is_no_instruction(tmp_path: Path, instruction: int) -> None:
    region = Region()
    region.run(NOP, instruction)
    region.trap()
    region.run(NOP)
    found = region.sample(tmp_path)["user"]
    assert found == {"instructions": 3, "traps_other": 1}


def test_an_instruction_that_does_not_exist_looks_like_an_interrupt(tmp_path: Path) -> None:
    region = Region()
    region.run(NOP, 0xFFFFFFFF)
    region.trap()
    region.run(NOP)
    assert region.sample(tmp_path)["user"] == {"instructions": 3, "traps_interrupt": 1}


def test_fences_and_flushes(tmp_path: Path) -> None:
    region = Region()
    region.run(FENCE, FENCE_I, FLUSH, FLUSH_PAGE)
    assert region.sample(tmp_path)["user"] == {"instructions": 4, "fences": 2, "flushes": 2}


def test_what_is_flushed_misses_again(tmp_path: Path) -> None:
    """Also the line and page that were used last, which else are not looked up again."""
    region = Region()
    region.run(LOAD, accesses={0: [load()]})
    region.run(LOAD, FLUSH, NOP, accesses={0: [load()]})
    region.run(LOAD, FENCE_I, NOP, accesses={0: [load()]})
    region.run(LOAD, accesses={0: [load()]})
    found = region.sample(tmp_path, CORE)["user"]
    assert (found["one.dtlb_misses"], found["one.l1d_misses"]) == (2, 1)
    assert (found["one.itlb_misses"], found["one.l1i_misses"]) == (2, 2)


def test_an_atomic_is_a_load_and_a_store(tmp_path: Path) -> None:
    region = Region()
    region.run(AMO, NOP, accesses={0: [load(), store()]})
    found = region.sample(tmp_path, CORE)["user"]
    expected = {"instructions": 2, "loads": 1, "stores": 1, "atomics": 1}
    assert {name: found.get(name) for name in expected} == expected
    assert (found["one.l1d_misses"], found["one.dtlb_misses"]) == (1, 1)


def test_an_atomic_whose_store_faults(tmp_path: Path) -> None:
    """QEMU loads first; a hart looks whether it may store before it does either."""
    region = Region()
    region.machine.run(region.block(NOP, AMO, NOP), {1: [load()]}, faults_at=1)
    region.at += 4
    region.trap()
    region.run(AMO, NOP, accesses={0: [load(), store()]})
    assert region.sample(tmp_path)["user"] == {
        "instructions": 3,
        "loads": 1,
        "stores": 1,
        "atomics": 1,
        "traps_store": 1,
    }


def test_a_conditional_store(tmp_path: Path) -> None:
    """QEMU reads to compare, which no hart does."""
    region = Region()
    region.run(LR, SC, accesses={0: [load()], 1: [load(), store()]})
    assert region.sample(tmp_path)["user"] == {
        "instructions": 2,
        "loads": 1,
        "stores": 1,
        "atomics": 2,
    }


def test_a_conditional_store_that_fails(tmp_path: Path) -> None:
    region = Region()
    region.run(SC, NOP)
    region.machine.run(region.block(SC, LOAD, NOP), faults_at=1)
    region.at += 4
    region.trap()
    region.run(LOAD, NOP, accesses={0: [load()]})
    assert region.sample(tmp_path)["user"] == {
        "instructions": 5,
        "loads": 1,
        "atomics": 2,
        "traps_load": 1,
    }


def test_a_conditional_store_that_faults(tmp_path: Path) -> None:
    region = Region()
    region.machine.run(region.block(SC, NOP), {0: [load()]}, faults_at=0)
    region.trap()
    region.run(SC, NOP, accesses={0: [load(), store()]})
    assert region.sample(tmp_path)["user"] == {
        "instructions": 2,
        "stores": 1,
        "atomics": 1,
        "traps_store": 1,
    }


@pytest.mark.parametrize("rest", [(NOP, NOP), (NOP, BRANCH), (NOP, LOAD), (LOAD, NOP), ()])
def test_a_device_is_accessed_alone(tmp_path: Path, rest: tuple[int, ...]) -> None:
    """QEMU goes back, translates the instruction once more, without telling that it begins, and then what is
    behind it, as a block of its own."""
    region = Region()
    machine = region.machine
    block = region.block(NOP, LOAD, *rest)
    machine.run(block, faults_at=1)
    machine.access(machine.block(USER + 4, LOAD), 0, ("device_load", 0x10000000, 0))
    region.at += 8
    accesses = {index: [load()] for index, bits in enumerate(rest) if bits == LOAD}
    region.run(*rest or (NOP,), accesses=accesses)
    expected = {
        "instructions": 2 + (len(rest) or 1),
        "loads": 1 + rest.count(LOAD),
        "device_accesses": 1,
    }
    if BRANCH in rest:
        expected["branches"] = 1
    assert region.sample(tmp_path)["user"] == expected


def test_a_loop_that_waits_for_a_device(tmp_path: Path) -> None:
    """The branch goes back to the instruction behind the load, which is no second begin of it."""
    region = Region()
    machine = region.machine
    back = 0xFE051EE3  # bnez a0, 4 bytes back
    whole, alone = region.block(LOAD, NOP, back), machine.block(USER, LOAD)
    rest = machine.block(USER + 4, NOP, back)
    machine.run(whole, faults_at=0)
    machine.access(alone, 0, ("device_load", 0x10000000, 0))
    for _ in range(3):
        machine.run(rest)
    region.at = rest.end
    assert region.sample(tmp_path)["user"] == {
        "instructions": 7,
        "loads": 1,
        "device_accesses": 1,
        "branches": 3,
        "branches_taken": 2,
    }


def test_an_interrupt_behind_a_device(tmp_path: Path) -> None:
    region = Region()
    machine = region.machine
    machine.run(region.block(STORE, NOP, LOAD), faults_at=0)
    machine.access(machine.block(USER, STORE), 0, ("device_store", 0x10000000, 0))
    region.at += 4
    region.trap()
    region.run(NOP, LOAD, accesses={1: [load()]})
    assert region.sample(tmp_path)["user"] == {
        "instructions": 3,
        "loads": 1,
        "stores": 1,
        "device_accesses": 1,
        "traps_interrupt": 1,
    }


def test_lines_of_text(tmp_path: Path) -> None:
    """Two lines from USER on, and an instruction that lies across the next two."""
    region = Region()
    region.run(*[NOP] * 15, C_NOP)  # to 62 bytes
    region.run(NOP)
    region.run(*[NOP] * 14)
    found = region.sample(tmp_path, CORE)
    # One page, whose text is on the lines of the begin, of USER, and behind it.
    assert found["user"]["one.l1i_misses"] == 2
    assert found["user"]["one.itlb_misses"] == 1


def test_calls_and_returns(tmp_path: Path) -> None:
    region = Region()
    region.run(CALL)
    region.machine.go(USER + 32, NOP, RETURN)
    region.run(NOP, RETURN)  # to nowhere known
    region.machine.go(USER + 0x100, END, KEEP)
    found = region.machine.result(tmp_path, CORE).samples[0]["user"]
    assert (found["instructions"], found["one.mispredicts"]) == (5, 1)


def test_all_harts_are_counted(tmp_path: Path) -> None:
    region = Region()
    machine = region.machine
    machine.go(USER + 0x800, NOP, NOP, hart=1)
    machine.go(USER + 0x808, NOP, hart=1)
    machine.go(USER + 0x80C, NOP, hart=1)
    region.run(NOP)
    # What the other hart has begun is counted when it begins the next block.
    assert region.sample(tmp_path, harts=2) == {"user": {"instructions": 1 + 3}}


# Marks.


def samples_of(folder: Path, *blocks: tuple[int, ...]) -> list[int | None]:
    """Instructions of each sample; None: no region had ended."""
    machine, at = Machine(), USER
    for block in blocks:
        at = machine.go(at, *block).end
    found = machine.result(folder, "profile=0").samples
    return [s["user"].get("instructions", 0) if s.get("user") else None for s in found]


def test_a_region_is_what_its_marks_enclose(tmp_path: Path) -> None:
    assert samples_of(tmp_path, (NOP, BEGIN, NOP, NOP, END, NOP, KEEP)) == [2]
    assert samples_of(tmp_path, (NOP, BEGIN), (NOP, NOP), (END,), (NOP, NOP), (KEEP,)) == [2]


def test_readings_beside_marks_are_no_part_of_it(tmp_path: Path) -> None:
    read = READ_CYCLE
    assert samples_of(tmp_path, (BEGIN, read, NOP, NOP, read, END, KEEP)) == [2]
    assert samples_of(tmp_path, (BEGIN, read), (NOP,), (NOP, read), (END, KEEP)) == [2]
    assert samples_of(tmp_path, (BEGIN,), (read,), (NOP, NOP), (read,), (END, KEEP)) == [2]
    assert samples_of(tmp_path, (BEGIN, read, NOP, NOP, END, KEEP)) == [2]
    assert samples_of(tmp_path, (BEGIN, NOP, NOP, read, END, KEEP)) == [2]
    # Those that are elsewhere count.
    assert samples_of(tmp_path, (BEGIN, NOP, read, NOP, END, KEEP)) == [3]
    assert samples_of(tmp_path, (BEGIN, read, read, NOP, read, read, END, KEEP)) == [3]
    assert samples_of(tmp_path, (read, BEGIN, NOP, END, read, KEEP)) == [1]


def test_regions_without_an_end_or_a_begin(tmp_path: Path) -> None:
    assert samples_of(tmp_path, (BEGIN, NOP, BEGIN, NOP, NOP, END, KEEP)) == [2]
    assert samples_of(tmp_path, (KEEP, BEGIN, NOP, END, KEEP, KEEP)) == [None, 1, None]
    assert samples_of(tmp_path, (END, KEEP, BEGIN, NOP, KEEP, END, KEEP)) == [None, None, 2]
    # Of two that have ended, the last one.
    assert samples_of(tmp_path, (BEGIN, NOP, END, BEGIN, NOP, NOP, END, KEEP)) == [2]
    assert samples_of(tmp_path, (NOP,)) == []


def test_a_profile_adds_up(tmp_path: Path) -> None:
    """What instructions caused is the sample, but for its sum over modes."""
    region = Region()
    for _ in range(3):
        region.run(LOAD, NOP, BRANCH, accesses={0: [load()]})
    region.machine.run(region.block(STORE), faults_at=0)
    region.trap(NOP)
    region.run(STORE, READ_CYCLE, accesses={0: [store()]})
    region.machine.go(region.at, END, KEEP)
    output = region.machine.result(tmp_path, CORE, "profile=0")
    sums: Sample = {}
    for _, mode, counts in output.instructions:
        for event, n in counts.items():
            of_mode = sums.setdefault(mode, {})
            of_mode[event] = of_mode.get(event, 0) + n
    assert sums == output.samples[0]
    assert len(output.instructions) == 9 + 1 + 2  # the reading is not there


def test_a_profile_is_that_of_one_sample(tmp_path: Path) -> None:
    machine = Machine()
    once = machine.block(USER, BEGIN, NOP, END, KEEP)
    for _ in range(3):
        machine.run(once)
    assert [i[0] for i in machine.result(tmp_path, "profile=2").instructions] == [USER + 4]
    assert machine.result(tmp_path, "profile=3").instructions == []


def test_a_record_is_that_of_the_first_region(tmp_path: Path) -> None:
    machine = Machine()
    machine.run(machine.block(USER, LOAD), {0: [load()]})
    at = machine.go(USER + 4, BEGIN).end
    at = machine.run(machine.block(at, LOAD), {0: [load(DATA + 64, FRAME + 64)]}).end
    at = machine.go(at, END, KEEP, NOP).end
    machine.run(machine.block(at, LOAD), {0: [load(DATA + 128, FRAME + 128)]})
    machine.result(tmp_path, CORE, f"record={tmp_path}/record")
    lines = (tmp_path / "record").read_text().splitlines()
    assert [line for line in lines if line.startswith("data")] == [f"data 0 0 {FRAME // 64 + 1} 0"]
    counted = [line for line in lines if line.startswith("counted 0")]
    assert len(counted) == 3 and counted[0].split()[5] == "1"  # l1d_misses of user mode


# Arguments.

GOOD = CORE.removeprefix("core=")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["out"], "out=: cannot be written"),
        (["out=/nowhere/out"], "out=/nowhere/out: cannot be written"),
        (["record=/nowhere/x"], "cannot be written"),
        ([], "out=FILE is needed"),
        (
            ["cores=x"],
            "cores=x: no such argument; there are: out, core, space, waits, named, vector,",
        ),
        ([CORE] * 5, "at most 4 cores"),
        (["vector=xyz"], "vector=xyz: not a number"),
        (["vector="], "not a number"),
        (["profile=-1"], "profile=-1: not a number"),
        (["profile=one"], "not a number"),
        (["profile=99999999999999999999"], "not a number"),
        (["space=kernel:0"], "a range is MODE:FIRST:LAST:SHIFT"),
        (["space=kernel:1000:0:12"], "a range is MODE:FIRST:LAST:SHIFT"),
        (["space=kernel:0:1000:12:1"], "a range is MODE:FIRST:LAST:SHIFT"),
        (["space=kernel:0:1000:13"], "pages have 12, 21 or 30 bits"),
        (["space=root:0:1000:12"], "a mode is user, kernel or firmware"),
        (["space=user:0:1:12"] * 17, "there are at most 16 ranges"),
        (["core="], "a core begins with its name"),
        (["core=" + "x" * 32], "a core begins with its name, of at most 31 characters"),
        (["core=" + "x" * 512], "at most 511 characters"),
        (["core=x"], "a core needs l1i, l1d, l2, itlb, dtlb and branch"),
    ],
)
def test_wrong_arguments(tmp_path: Path, arguments: list[str], message: str) -> None:
    out = [] if "out=FILE" in message else [f"out={tmp_path}/out"]
    done = start(*out, *arguments)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("probe: ")
    assert message in done.stderr


@pytest.mark.parametrize("part", ["l1i", "l1d", "l2", "itlb", "dtlb", "branch"])
def test_a_core_needs_all_parts(tmp_path: Path, part: str) -> None:
    parts = [each for each in GOOD.split("/") if not each.startswith(part)]
    done = start(f"out={tmp_path}/out", "core=" + "/".join(parts))
    assert done.returncode == 1
    assert "a core needs l1i, l1d, l2, itlb, dtlb and branch" in done.stderr


@pytest.mark.parametrize(
    "part",
    [
        "l1i:4096:4:64",
        "l1i:4096:4:32:lru",
        "l1i:4096:4:64:fifo",
        "l1i:4096:4:64:lru:8",
        "l1i:4096:0:64:lru",
        "l1i:4096:3:64:lru",
        "l1i:4097:4:64:lru",
        "l1i:0:4:64:lru",
        "l1i:12288:4:64:lru",
        "l1i:-4096:4:64:lru",
        "l1i:4294967296:4:64:lru",
        "l1i:131072:2048:64:lru",
        "l2:1073741824:4:64:lru",
        "itlb:32:32",
        "itlb:32:32:lru:1",
        "itlb:33:32:lru",
        "itlb:0:1:lru",
        "dtlb:many:1:lru",
        "walk:",
        "walk:2048",
        "walk:8:8",
        "branch:64:2:8",
        "branch:64:2:8:4:1",
        "branch:63:2:8:4",
        "branch:0:2:8:4",
        "branch:64:32:8:4",
        "branch:8388608:2:8:4",
        "l3:4096:4:64:lru",
        ":",
    ],
)
def test_parts_that_make_no_sense(tmp_path: Path, part: str) -> None:
    done = start(f"out={tmp_path}/out", f"{CORE}/{part}")
    assert done.returncode == 1
    assert f"core one: {part} makes no sense" in done.stderr


@pytest.mark.parametrize(
    "target, harts, message",
    [
        ("riscv32", 1, "it is for qemu-system-riscv64, not for riscv32"),
        ("x86_64", 1, "it is for qemu-system-riscv64, not for x86_64"),
        ("riscv64-user", 1, "it is for qemu-system-riscv64, not for a program alone"),
        ("riscv64", 9, "a machine of at most 8 harts"),
    ],
)
def test_other_machines(tmp_path: Path, target: str, harts: int, message: str) -> None:
    done = start(f"out={tmp_path}/out", target=target, harts=harts)
    assert done.returncode == 1
    assert done.stderr == f"probe: {message}\n"
