"""Which disks the kernel finds, what it says of those that it cannot use, and disks that fail."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.host.running.machine import (
    BUILD,
    Disk,
    MachineConfig,
    Outcome,
    boot_arguments,
    kernel_path,
    run,
)
from tests.guest.guest_machine import any_variant


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return make_image(tmp_path / "image", blocks=100)


def make_image(path: Path, *, blocks: int, and_bytes: int = 0) -> Path:
    path.write_bytes(b"")
    with path.open("r+b") as file:
        file.truncate(blocks * 1024 + and_bytes)
    return path


def config(*disks: Disk, extra: tuple[str, ...] = ()) -> MachineConfig:
    return MachineConfig(
        kernel=kernel_path(any_variant()),
        initrd=BUILD / "tests.img",
        disks=disks,
        bootargs="init=/tests/exit_status",
        memory="64M",
        time_limit=60,
        extra=extra,
    )


def disks_found(machine: MachineConfig) -> list[str]:
    """The lines about disks that the kernel prints, without the words that all lines have."""
    outcome = run(machine)
    assert outcome.status == 0, [*outcome.lines[-10:], outcome.errors]
    start = "cowshed: boot: "
    lines = [line.removeprefix(start) for line in outcome.lines if line.startswith(start)]
    return [line for line in lines if "disk" in line or "virtio" in line]


def test_no_disk() -> None:
    assert disks_found(config()) == []


def test_disks_are_numbered_by_address(tmp_path: Path) -> None:
    disks = [Disk(make_image(tmp_path / str(i), blocks=100 + i)) for i in range(3)]
    assert disks_found(config(*disks)) == [
        "disk0: 100 blocks, virtio at 10001000",
        "disk1: 101 blocks, virtio at 10002000",
        "disk2: 102 blocks, virtio at 10003000",
    ]


def test_eight_disks(tmp_path: Path) -> None:
    disks = [Disk(make_image(tmp_path / str(i), blocks=1)) for i in range(8)]
    assert len(disks_found(config(*disks))) == 8


@pytest.mark.parametrize(("blocks", "and_bytes"), [(0, 0), (0, 512), (5, 1), (5, 512), (1, 0)])
def test_disk_of_an_odd_size(tmp_path: Path, blocks: int, and_bytes: int) -> None:
    """What is no whole block is not used."""
    disk = Disk(make_image(tmp_path / "odd", blocks=blocks, and_bytes=and_bytes))
    assert disks_found(config(disk)) == [f"disk0: {blocks} blocks, virtio at 10001000"]


def test_disk_larger_than_4_gib(tmp_path: Path) -> None:
    """Its number of sectors needs more than 32 bits."""
    disk = Disk(make_image(tmp_path / "sparse", blocks=3 << 31))
    assert disks_found(config(disk)) == [f"disk0: {3 << 31} blocks, virtio at 10001000"]


def test_read_only_disk(image: Path) -> None:
    assert disks_found(config(Disk(image, read_only=True))) == [
        "disk0: 100 blocks, read-only, virtio at 10001000"
    ]


def test_large_sectors(image: Path) -> None:
    options = ("logical_block_size=4096", "physical_block_size=4096")
    extra = [word for option in options for word in ("-global", f"virtio-blk-device.{option}")]
    machine = config(Disk(image), extra=tuple(extra))
    assert disks_found(machine) == [
        "disk at 10001000 left out: its sectors are larger than 1024 bytes"
    ]


def test_legacy_device(image: Path) -> None:
    """QEMU's virtio devices are of the old kind unless told otherwise."""
    machine = config(Disk(image), extra=("-global", "virtio-mmio.force-legacy=true"))
    (line,) = disks_found(machine)
    assert "virtio device at 10001000 left out" in line
    assert "-global virtio-mmio.force-legacy=false" in line


def test_other_virtio_devices_are_none_of_its_business(image: Path) -> None:
    machine = config(Disk(image), extra=("-device", "virtio-rng-device"))
    assert disks_found(machine) == ["disk0: 100 blocks, virtio at 10001000"]


# Disks that fail. The root is on one; /tree reads files and then changes the file system
# (power_cut/guest/tree.c).


def failing(tmp_path: Path, **error: object) -> Outcome:
    """A machine on a disk that fails as QEMU's blkdebug is told."""
    folder = tmp_path / "root"
    shutil.copytree(BUILD / "power-cut-root", folder)
    (folder / "files").mkdir()
    for number in range(20):
        (folder / "files" / str(number)).write_bytes(bytes([number]) * 5000)
    image = tmp_path / "root.img"
    command: list[str | Path] = [
        BUILD / "tools" / "mkfs",
        "--device",
        "/console:1:0",
        image,
        folder,
    ]
    subprocess.run(command, check=True)
    injected = [{"event": "none", "errno": 5, **error}]
    node = {"driver": "blkdebug", "inject-error": injected}
    return run(on_node(image, node, boot_arguments("/tree", "/files")))


def on_node(image: Path, node: Mapping[str, object], bootargs: str, *extra: str) -> MachineConfig:
    """A machine whose root is on an image that QEMU reaches by way of a node. With the real clock: while
    a machine waits for the host, the exact one runs ahead, and disks are given up."""
    below = "image" if node["driver"] == "blkdebug" else "file"
    node = {**node, "node-name": "disk0", below: {"driver": "file", "filename": str(image)}}
    options = ("-global", "virtio-mmio.force-legacy=false", "-blockdev", json.dumps(node))
    return MachineConfig(
        kernel=kernel_path(any_variant()),
        bootargs=bootargs,
        memory="64M",
        free_running=True,
        time_limit=60,
        extra=(*extra, *options, "-device", "virtio-blk-device,drive=disk0"),
    )


def position(tmp_path: Path, content: bytes) -> int:
    """The sector at which the disk that failing() made has this content."""
    return (tmp_path / "root.img").read_bytes().index(content) // 512


def test_disk_that_cannot_be_written(tmp_path: Path) -> None:
    """What is there can be read; changes are refused."""
    outcome = failing(tmp_path, iotype="write")
    assert outcome.status == 1
    assert sum(line.startswith("file /files/") for line in outcome.lines) == 20
    assert "failed create /tried" in outcome.lines
    assert any("it can only be read from now on" in line for line in outcome.lines)
    assert not any("panic" in line for line in outcome.lines)


def test_disk_that_cannot_be_flushed(tmp_path: Path) -> None:
    outcome = failing(tmp_path, iotype="flush")
    assert outcome.status == 1
    assert "failed create /tried" in outcome.lines
    assert "cowshed: disk0: flush failed" in outcome.lines


def test_disk_that_cannot_be_read_in_one_place(tmp_path: Path) -> None:
    """Only the file that lies there cannot be read."""
    failing(tmp_path, iotype="read", sector=0)
    sector = position(tmp_path, bytes([7]) * 1024)
    shutil.rmtree(tmp_path / "root")
    outcome = failing(tmp_path, iotype="read", sector=sector)
    assert outcome.status == 1
    assert "failed read /files/7" in outcome.lines
    assert f"cowshed: disk0: read failed, block {sector // 2}" in outcome.lines
    assert sum(line.startswith("file /files/") for line in outcome.lines) < 20
    assert not any("panic" in line for line in outcome.lines)


def test_disk_whose_superblock_cannot_be_read(tmp_path: Path) -> None:
    outcome = failing(tmp_path, iotype="read", sector=0)
    assert outcome.status == 255
    (panic,) = [line for line in outcome.lines if "panic" in line]
    assert "disk0" in panic and "cannot be read" in panic


# Disks that do not answer: QEMU lets a byte a second through, after a first request. The guest's
# clock runs a hundred times faster than the real one, or, while the guest is idle, as fast as it can,
# so that its minute is soon over.

GIVEN_UP = "cowshed: disk0 given up: the device has not answered for a minute"


def silent(tmp_path: Path, direction: str, bootargs: str, *clock: str) -> Outcome:
    image = tmp_path / "disk.img"
    shutil.copyfile(BUILD / "tests.img", image)
    group = ("-object", f"throttle-group,id=slow,x-bps-{direction}=1", *clock)
    node: dict[str, object] = {"driver": "throttle", "throttle-group": "slow"}
    return run(on_node(image, node, bootargs, *group))


def test_disk_that_answers_no_write(tmp_path: Path) -> None:
    """It is given up, and the file system goes on as with one that fails."""
    outcome = silent(tmp_path, "write", "init=/tests/late_disk", "-icount", "shift=10")
    assert outcome.status == 0, outcome.lines[-10:]
    *writes, last, said = outcome.lines[outcome.lines.index(GIVEN_UP) + 1 :]
    assert writes and all(
        line.startswith("cowshed: disk0: write failed, block ") for line in writes
    )
    assert last == "cowshed: file system: disk0 cannot be written; it can only be read from now on"
    assert said == "refused"


def test_disk_that_answers_no_read(tmp_path: Path) -> None:
    """At boot, there is nothing to go on with."""
    outcome = silent(tmp_path, "read", "init=/tests/late_disk", "-icount", "shift=0,sleep=off")
    assert outcome.status == 255
    assert GIVEN_UP in outcome.lines
    assert outcome.lines[-1].startswith("cowshed: panic: ")
