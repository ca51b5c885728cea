"""Booting: machines of all sizes, boot arguments good and bad, and the way off."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.host.running.machine import (
    BUILD,
    ROOT,
    Disk,
    MachineConfig,
    Outcome,
    boot_arguments,
    kernel_path,
    run,
)
from tests.guest.guest_machine import any_variant
from tests.kernel import devicetree
from tests.tools.disk_image import BLOCK
from tests.tools.disk_image import ROOT as ROOT_INODE
from tests.tools.disk_image import DiskImage, Inode

IMAGE = BUILD / "tests.img"
RUNNER = "/tests/runner"
VARIANT = any_variant()


def boot(
    bootargs: str,
    *,
    variant: str = VARIANT,
    lazy: bool = False,
    initrd: Path | None = IMAGE,
    disks: tuple[Disk, ...] = (),
    memory: str = "64M",
    harts: int = 1,
    time_limit: float = 60,
) -> Outcome:
    return run(
        MachineConfig(
            kernel=kernel_path(variant, lazy=lazy),
            initrd=initrd,
            disks=disks,
            bootargs=bootargs,
            memory=memory,
            harts=harts,
            free_running=harts > 1 or bool(disks),
            time_limit=time_limit,
        )
    )


def own_lines(outcome: Outcome) -> list[str]:
    return [line for line in outcome.lines if line.startswith("cowshed: ")]


def assert_refused(outcome: Outcome, *words: str) -> None:
    """The machine ended by itself, with one line that has all these words."""
    assert not outcome.timed_out
    assert outcome.status == 255
    panics = [line for line in own_lines(outcome) if line.startswith("cowshed: panic: ")]
    assert len(panics) == 1, outcome.lines[-10:]
    for word in words:
        assert word in panics[0]


def assert_passed(outcome: Outcome) -> None:
    assert outcome.status == 0, "\n".join(outcome.lines[-15:])


def make_disk(path: Path, folder: Path) -> Path:
    """A disk with what is in the folder."""
    subprocess.run([BUILD / "tools" / "mkfs", path, folder], check=True, timeout=60)
    return path


def faults_of(image: Path) -> list[str]:
    """What fsck says is wrong with a disk."""
    done = subprocess.run(
        [BUILD / "tools" / "fsck", image], stdout=subprocess.PIPE, text=True, timeout=60
    )
    return done.stdout.splitlines() if done.returncode else []


# Sizes.


@pytest.mark.parametrize(
    ("variant", "memory"),
    [
        ("cow-array", "64M"),
        ("cow-array", "96M"),
        ("cow-array", "512M"),
        ("cow-array", "4G"),
        ("cow-hash", "100M"),
        ("cow-hash", "1G"),
        ("cow-hash", "2G"),
    ],
)
def test_row10_memory_of_any_size(variant: str, memory: str) -> None:
    """All of memory is taken and shared, so that counts for all of it are used."""
    arguments = ["test=row10_*,fork_over_*,row15_*", f"variant={variant}"]
    outcome = boot(boot_arguments(RUNNER, *arguments), variant=variant, memory=memory)
    assert_passed(outcome)
    (line,) = [line for line in own_lines(outcome) if "boot:" in line]
    frames = int(line.split(" frames")[0].split()[-1])
    megabytes = int(memory[:-1]) * (1024 if memory.endswith("G") else 1)
    possible = megabytes * 256 - IMAGE.stat().st_size // 4096
    assert 0.9 * possible < frames < possible


@pytest.mark.parametrize("harts", [2, 3, 5, 8])
def test_any_number_of_harts(harts: int) -> None:
    arguments = ["test=row6_*,row13_*,preemption_*,exec_by_*", f"harts={harts}"]
    outcome = boot(boot_arguments(RUNNER, *arguments), harts=harts)
    assert_passed(outcome)
    assert any(f"{harts} hart" in line for line in own_lines(outcome))


def test_harts_beyond_the_limit_stay_off() -> None:
    arguments = ["test=row13_*", "harts=8"]
    outcome = boot(boot_arguments(RUNNER, *arguments), harts=10)
    assert_passed(outcome)
    assert sum("stays off" in line for line in own_lines(outcome)) == 2


@pytest.mark.parametrize("harts", [1, 4])
@pytest.mark.parametrize(
    ("address", "memory"), [(0x80600000, "64M"), (0xC0000000, "2G"), (0xFFE00000, "6G")]
)
def test_image_at_any_address(address: int, memory: str, harts: int, tmp_path: Path) -> None:
    """The last one lies on both sides of a boundary of 1 GiB. QEMU cannot tell of an initrd up
    there, so the root is on a disk."""
    kernel = tmp_path / "kernel.elf"
    move = f"*+{address - 0x80200000:#x}"
    command = ["riscv64-unknown-elf-objcopy", "--change-section-lma", move]
    subprocess.run([*command, kernel_path(VARIANT), kernel], check=True, timeout=60)
    outcome = run(
        MachineConfig(
            kernel=kernel,
            disks=(disk_copy(tmp_path),),
            bootargs=boot_arguments(RUNNER, "test=row13_*", f"harts={harts}"),
            memory=memory,
            harts=harts,
            free_running=True,
        )
    )
    assert_passed(outcome)


@pytest.mark.parametrize("shuffle", [1, 2, 12345])
@pytest.mark.parametrize("variant", ["cow-array", "cow-hash"])
def test_shuffled_frames(variant: str, shuffle: int) -> None:
    """The order of free frames changes nothing but the layout."""
    arguments = [
        "test=row10_*,row11_*,row14_*,row19_*,strategy_*",
        f"variant={variant}",
    ]
    bootargs = boot_arguments(RUNNER, *arguments, shuffle=shuffle)
    assert_passed(boot(bootargs, variant=variant))


# Lazy heaps.


def test_lazy_heap_says_so() -> None:
    """In the line that tells what has booted, and for each process that its heap has killed."""
    arguments = ["test=lazy_row17_touch_out_of_memory", "heap=lazy"]
    outcome = boot(boot_arguments(RUNNER, *arguments), lazy=True)
    assert_passed(outcome)
    (line,) = [line for line in own_lines(outcome) if "boot:" in line]
    assert f"{VARIANT}, lazy heap, 1 hart" in line
    killed = [line for line in own_lines(outcome) if "killed" in line]
    assert len(killed) == 3  # with 0, 1 and 2 frames left
    assert all("out of memory to serve a store to 50000000 " in line for line in killed)


# The way off: QEMU's status is init's.


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0, 0),
        (1, 1),
        (7, 7),
        (255, 255),
        (256, 255),
        (512, 255),
        (257, 1),
        (-1, 255),
        (-256, 255),
    ],
)
def test_exit_status_of_init(status: int, expected: int) -> None:
    outcome = boot(boot_arguments("/tests/exit_status", str(status)))
    assert outcome.status == expected
    assert not outcome.timed_out


def test_exit_status_with_four_harts() -> None:
    assert boot(boot_arguments("/tests/exit_status", "42"), harts=4).status == 42


@pytest.mark.parametrize("harts", [1, 4])
def test_poweroff_by_another_process(harts: int) -> None:
    """With the status that it says, whatever init does meanwhile."""
    outcome = boot(boot_arguments("/tests/power_off", "7"), harts=harts)
    assert outcome.status == 7
    assert outcome.lines[-1] == "ending"


def test_init_that_is_killed() -> None:
    """It ends with a status that is no success, and says why."""
    outcome = boot(boot_arguments("/tests/access", "store", "4000000000"))
    assert outcome.status == 255
    lines = own_lines(outcome)
    assert any("killed" in line and "4000000000" in line for line in lines)
    assert any("init was killed" in line for line in lines)


def test_arguments_of_init() -> None:
    """Words behind -- are init's; the first of its arguments is its path."""
    outcome = boot(boot_arguments(RUNNER, "no-argument-of-the-runner"))
    assert outcome.status == 2
    assert "Bail out! Unknown argument no-argument-of-the-runner" in outcome.lines


# Boot arguments that cannot be followed.


@pytest.mark.parametrize(
    ("bootargs", "words"),
    [
        ("init=/tests/absent", ["/tests/absent", "init="]),
        ("init=/tests/bad/machine", ["/tests/bad/machine", "RISC-V"]),
        ("init=/tests/bad/empty", ["/tests/bad/empty"]),
        ("", ["/init"]),
        ("init=relative", ["init=relative"]),
        ("nonsense", ["nonsense", "procs=", "shuffle=", "console=", "init="]),
        ("root=disk", ["root=disk", "ram", "virtio"]),
        ("root=", ["root="]),
        ("procs=abc", ["procs=abc", "2", "32768"]),
        ("procs=0", ["procs=0"]),
        ("procs=1", ["procs=1"]),
        ("procs=-5", ["procs=-5"]),
        ("procs=", ["procs="]),
        ("procs=64x", ["procs=64x"]),
        ("procs=99999999999999999999999", ["procs=9999"]),
        ("procs=32768", ["memory", "procs"]),  # not with 64 MiB
        ("shuffle=x", ["shuffle=x"]),
        ("shuffle=-1", ["shuffle=-1"]),
        ("console=", ["console=", "interrupts", "polled"]),
        ("console=polledx", ["console=polledx"]),
        ("init=/tests/runner -- " + "x " * 40, ["arguments"]),
        ("init=/tests/runner -- " + "x" * 1500, ["longer"]),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, str) else "",
)
def test_bad_boot_arguments(bootargs: str, words: list[str]) -> None:
    assert_refused(boot(bootargs), *words)


def test_boot_arguments_with_many_spaces() -> None:
    bootargs = "  init=/tests/exit_status   procs=10    shuffle=0   --    5  "
    assert boot(bootargs).status == 5


# The root.


def disk_copy(folder: Path) -> Disk:
    """A disk on virtio with the root of the tests."""
    path = folder / "disk.img"
    path.write_bytes(IMAGE.read_bytes())
    return Disk(path, durable=False)


@pytest.mark.parametrize(
    ("root", "word"), [("", "an initrd or a virtio disk"), ("root=ram ", "an initrd")]
)
def test_no_root(root: str, word: str) -> None:
    assert_refused(boot(f"{root}init=/tests/runner", initrd=None), f"start the machine with {word}")


def test_no_disk_for_the_root() -> None:
    assert_refused(boot("root=virtio init=/tests/runner"), "start the machine with a virtio disk")


def test_no_ram_disk_for_the_root(tmp_path: Path) -> None:
    outcome = boot("root=ram init=/tests/runner", initrd=None, disks=(disk_copy(tmp_path),))
    assert_refused(outcome, "start the machine with an initrd")


@pytest.mark.parametrize("harts", [1, 4])
def test_root_on_a_disk(harts: int, tmp_path: Path) -> None:
    """Without a RAM disk the root is on the disk, and what is written is there afterwards."""
    disk = disk_copy(tmp_path)
    arguments = [
        "test=exec_*,file_*,open_*,directory_*,disk_*,descriptors_*",
        f"harts={harts}",
    ]
    outcome = boot(boot_arguments(RUNNER, *arguments), initrd=None, disks=(disk,), harts=harts)
    assert_passed(outcome)
    assert disk.image.read_bytes() != IMAGE.read_bytes()
    assert faults_of(disk.image) == []


def test_root_on_a_read_only_disk(tmp_path: Path) -> None:
    """A commit that a power cut has left in the log is seen, though it cannot go to its place."""
    disk = DiskImage.load(IMAGE)
    place = disk.super["inode_start"]  # the root's inode is there
    disk.commit({place: disk.block(place)})
    disk.set_block(place, bytes(BLOCK))
    image = disk.store(tmp_path / "disk.img")
    before = image.read_bytes()
    outcome = boot(
        "init=/tests/exit_status -- 5",
        initrd=None,
        disks=(Disk(image, read_only=True),),
    )
    assert outcome.status == 5, outcome.lines[-5:]
    assert image.read_bytes() == before


@pytest.mark.parametrize("root", ["", "root=ram ", "root=virtio "])
def test_choice_of_the_root(root: str, tmp_path: Path) -> None:
    """The RAM disk goes first, unless the boot arguments say otherwise."""
    (tmp_path / "empty").mkdir()
    empty = make_disk(tmp_path / "empty.img", tmp_path / "empty")
    if root == "root=virtio ":
        outcome = boot(
            f"{root}init=/tests/exit_status -- 5",
            initrd=empty,
            disks=(disk_copy(tmp_path),),
        )
    else:
        outcome = boot(f"{root}init=/tests/exit_status -- 5", disks=(Disk(empty),))
    assert outcome.status == 5


def test_root_without_a_console(tmp_path: Path) -> None:
    """The node is made, once."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "init").write_bytes((BUILD / "tests-root" / "tests" / "say").read_bytes())
    disk = Disk(make_disk(tmp_path / "disk.img", tmp_path / "root"), durable=False)
    for _ in range(2):
        outcome = boot("init=/init -- spoken", initrd=None, disks=(disk,))
        assert outcome.status == 0
        assert "spoken" in outcome.lines[-1]
    assert faults_of(disk.image) == []


@pytest.mark.parametrize("kind", ["directory", "file"])
def test_console_that_is_no_device(kind: str, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    if kind == "directory":
        (tmp_path / "root" / "console").mkdir()
    else:
        (tmp_path / "root" / "console").write_text("text")
    disk = make_disk(tmp_path / "disk.img", tmp_path / "root")
    assert_refused(boot("", initrd=disk), "/console")


def cut(blocks: int) -> bytes:
    return IMAGE.read_bytes()[: blocks * BLOCK]


def with_super(name: str, value: int, *, seal: bool = True) -> bytes:
    disk = DiskImage.load(IMAGE)
    disk.set_super(name, value, seal=seal)
    return bytes(disk.data)


def without_root() -> bytes:
    disk = DiskImage.load(IMAGE)
    disk.set_inode(ROOT_INODE, Inode())
    return bytes(disk.data)


def with_commit_for(block: int) -> bytes:
    disk = DiskImage.load(IMAGE)
    disk.commit({block: b"a block that no commit is for"})
    return bytes(disk.data)


DAMAGES: dict[str, Callable[[], bytes]] = {
    "zeroes": lambda: bytes(4 << 20),
    "text": lambda: b"This is no disk.\n" * 1000,
    "one_byte": lambda: b"0",
    "less_than_a_block": lambda: IMAGE.read_bytes()[:1000],
    "superblock_alone": lambda: cut(1),
    "cut_in_inodes": lambda: cut(300),
    "cut_in_data": lambda: cut(2000),
    "last_block_missing": lambda: cut(4095),
    "magic": lambda: with_super("magic", 0x43775347),
    "version": lambda: with_super("version", 1),
    "block_size": lambda: with_super("block_size", 4096),
    "checksum": lambda: with_super("inodes", 500, seal=False),
    "blocks_huge": lambda: with_super("blocks", 2**32 - 1),
    "log_huge": lambda: with_super("log_blocks", 2**32 - 1),
    "inodes_huge": lambda: with_super("inodes", 2**32 - 1),
    "inodes_none": lambda: with_super("inodes", 0),
    "inodes_in_the_log": lambda: with_super("inode_start", 2),
    "bitmap_behind_the_disk": lambda: with_super("bitmap_start", 2**32 - 1),
    "data_behind_the_disk": lambda: with_super("data_start", 4096),
    "no_root": without_root,
    "commit_for_the_superblock": lambda: with_commit_for(0),
    "commit_for_the_log": lambda: with_commit_for(1),
    "commit_behind_the_disk": lambda: with_commit_for(4096),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_disk(damage: str, tmp_path: Path) -> None:
    """The kernel does not mount it, and says so."""
    disk = tmp_path / "damaged.img"
    disk.write_bytes(DAMAGES[damage]())
    assert_refused(boot("init=/tests/runner", initrd=disk), "the root", "cannot be used")


@pytest.mark.parametrize("torn", [False, True], ids=["whole", "torn"])
def test_header_of_a_commit(torn: bool, tmp_path: Path) -> None:
    """A commit is written to its place, unless a power cut has torn its header: of the two sectors,
    only the first is new."""
    disk = DiskImage.load(IMAGE)
    program = disk.inode(disk.paths()["/tests/exit_status"]).address[0]
    blocks = {block: b"unused" for block in range(4096 - 200, 4096)}
    disk.commit({program: b"no program any more", **blocks})
    if torn:
        header = disk.super["log_start"] * BLOCK
        disk.data[header + BLOCK // 2 : header + BLOCK] = bytes(BLOCK // 2)
    outcome = boot("init=/tests/exit_status -- 5", initrd=disk.store(tmp_path / "disk.img"))
    if torn:
        assert outcome.status == 5, outcome.lines[-5:]
    else:
        assert_refused(outcome, "/tests/exit_status", "ELF")


def test_init_of_another_kind(tmp_path: Path) -> None:
    """A file that is there, but is no program."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "init").write_text("#!/bin/sh\n")
    disk = make_disk(tmp_path / "disk.img", tmp_path / "root")
    assert_refused(boot("", initrd=disk), "/init", "ELF")


# The devicetree.


def test_devicetree_that_is_no_tree(tmp_path: Path) -> None:
    """QEMU and the firmware let it pass; tests/kernel/test_devicetree.py has what else can be wrong."""
    machine = MachineConfig(kernel=kernel_path(VARIANT), bootargs="x", memory="64M", harts=4)
    blob = devicetree.of_machine(tmp_path, machine)
    tree = devicetree.structure_of(blob).removesuffix(devicetree.END)
    second = devicetree.BEGIN_NODE + b"x\0\0\0" + devicetree.END_NODE + devicetree.END
    file = tmp_path / "two.dtb"
    file.write_bytes(devicetree.with_structure(blob, tree + second))
    outcome = run(replace(machine, extra=("-dtb", str(file))))
    assert re.fullmatch(
        r"cowshed: panic: the devicetree at \w+ cannot be used: it is no single tree",
        outcome.lines[-1],
    )
