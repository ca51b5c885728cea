"""tools/fsck, built with sanitizers: each fault is planted in a good disk and must be named, with
its place, and nothing else; and no garbage makes the checker fail or take long."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.disk_image import (
    ADDRESSES,
    BLOCK,
    DEVICE,
    DIRECTORY,
    FILE,
    FREE,
    ROOT,
    DiskImage,
    Inode,
    checksum,
)
from tests.tools.disk_tools import TOOLS, compile_tool, compile_with_format, run_tool

pytestmark = pytest.mark.xdist_group("disk_tools")

FUZZ_ROUNDS = 1500


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tools")


@pytest.fixture(scope="module")
def fsck(tools: Path) -> Path:
    return compile_tool(tools, "fsck")


@pytest.fixture(scope="module")
def good(tools: Path) -> bytes:
    """A disk of 600 blocks with all that a disk can have."""
    folder = tools / "folder"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "deep").write_text("deep")
    (folder / "empty").mkdir()
    (folder / "small").write_text("small")
    (folder / "a" / "link").hardlink_to(folder / "small")
    (folder / "middle").write_bytes(random.Random(1).randbytes(20 * BLOCK))
    (folder / "large").write_bytes(random.Random(2).randbytes(300 * BLOCK))
    mkfs = compile_tool(tools, "mkfs")
    options = ["--size", "600K", "--inodes", "64", "--log", "20", "--device", "/console:1:0"]
    assert run_tool(mkfs, *options, tools / "good", folder).returncode == 0
    return (tools / "good").read_bytes()


@pytest.fixture
def disk(good: bytes) -> DiskImage:
    return DiskImage(good)


@pytest.fixture
def find(disk: DiskImage) -> Callable[[str], int]:
    """The number of an inode by its path."""
    paths = disk.paths()
    return lambda path: paths[path]


Faults = list[str]
Check = Callable[..., Faults]


@pytest.fixture
def check(fsck: Path, tmp_path: Path) -> Check:
    """Lines of fsck about a disk. Its status must fit them."""

    def run(disk: DiskImage, *options: str) -> Faults:
        done = run_tool(fsck, *options, disk.store(tmp_path / "disk"))
        lines = done.stdout.splitlines()
        assert done.stderr == ""
        assert done.returncode == any(not line.startswith("note: ") for line in lines)
        return lines

    return run


def change(disk: DiskImage, number: int, **fields: int) -> Inode:
    """Change fields of an inode; `addressN` is one of its addresses."""
    inode = disk.inode(number)
    for name, value in fields.items():
        if name.startswith("address"):
            inode.address[int(name.removeprefix("address"))] = value
        else:
            setattr(inode, name, value)
    disk.set_inode(number, inode)
    return inode


def test_good_disk(disk: DiskImage, check: Check) -> None:
    assert check(disk) == []


# The superblock.


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("version", 1, "the version is 1, and should be 2"),
        ("block_size", 4096, "the size of a block is 4096, and should be 1024"),
        ("log_start", 2, "the log's first block is 2, and should be 1"),
        ("log_blocks", 10, "the number of the log's blocks is 10, and should be 11 to 252"),
        ("log_blocks", 253, "the number of the log's blocks is 253, and should be 11 to 252"),
        ("log_blocks", 21, "the inodes' first block is 21, and should be 22"),
        ("inode_start", 2**32 - 1, "the inodes' first block is 4294967295, and should be 21"),
        ("inodes", 1, "the number of inodes is 1, and should be 2 to 65535"),
        ("inodes", 65536, "the number of inodes is 65536, and should be 2 to 65535"),
        ("inodes", 65, "the bitmap's first block is 25, and should be 26"),
        ("bitmap_start", 24, "the bitmap's first block is 24, and should be 25"),
        ("data_start", 600, "the first block of data is 600, and should be 26"),
        ("blocks", 601, "the disk has 601 blocks, and there are only 600: it is cut off"),
        ("blocks", 26, "26 blocks are too few: the data would start at 26"),
        ("blocks", 0, "the first block of data is 26, and should be 25"),
        ("blocks", 2**32 - 1, "the first block of data is 26, and should be 524313"),
    ],
)
def test_superblock(disk: DiskImage, check: Check, field: str, value: int, line: str) -> None:
    disk.set_super(field, value)
    lines = check(disk)
    assert f"superblock: {line}" in lines
    assert all(other.startswith("superblock: ") for other in lines)


def test_checksum_of_the_superblock(disk: DiskImage, check: Check) -> None:
    """The rest of the disk is checked all the same."""
    disk.set_word(0, 10, disk.word(0, 10) ^ 1)
    disk.mark(599)
    lines = check(disk)
    assert len(lines) == 2
    assert lines[0].startswith("superblock: the checksum is ")
    assert lines[1] == "block 599: lost: used in the bitmap, and by nothing else"


def test_disk_is_cut_off(disk: DiskImage, check: Check) -> None:
    del disk.data[599 * BLOCK + 1000 :]
    assert check(disk) == [
        "superblock: the disk has 600 blocks, and there are only 599: it is cut off"
    ]


# The log.


@pytest.mark.parametrize("first", [0, 17])
def test_commit_is_a_note_and_can_be_replayed(disk: DiskImage, check: Check, first: int) -> None:
    """The disk is faulty without what the log has, and whole with it; only in memory."""
    bitmap = disk.super["bitmap_start"]
    right = disk.block(bitmap)
    disk.set_block(bitmap, bytes(1) + right[1:])
    disk.commit({bitmap: right, 599: b"new"}, sequence=41, first=first)
    note = "note: log: commit 41 of 2 blocks is not yet written to its place; with --replay"
    lines = check(disk)
    assert lines[0].startswith(note)
    assert lines[1] == "block 0: before the data, and free in the bitmap"
    assert len(lines) == 9
    before = bytes(disk.data)
    assert check(disk, "--replay") == ["note: log: a commit of 2 blocks was written to its place"]
    assert disk.data == before
    assert check(disk)[0].startswith(note)


def test_commit_that_was_written_to_its_place(disk: DiskImage, check: Check) -> None:
    """So a disk is left by a kernel that was not cut off."""
    disk.commit({599: b"new"})
    disk.set_block(599, disk.block(2))
    assert check(disk) == []
    assert check(disk, "--replay") == []


def test_torn_log(disk: DiskImage, check: Check) -> None:
    disk.commit({599: b"new"})
    disk.set_word(1, 5, 598)
    torn = ["note: log: the header is torn: there is no commit"]
    assert check(disk) == torn
    assert check(disk, "--replay") == torn


@pytest.mark.parametrize("count", [252, 2**32 - 1])
def test_log_with_a_wild_count(disk: DiskImage, check: Check, count: int) -> None:
    disk.commit({599: b"new"}, count=count)
    assert check(disk, "--replay") == ["note: log: the header is torn: there is no commit"]


def test_magic_of_the_log(disk: DiskImage, check: Check) -> None:
    disk.set_word(1, 0, 0xABC)
    assert check(disk) == ["log: the magic number is 0xabc, and should be 0x4377464c"]


@pytest.mark.parametrize("home", [0, 1, 20, 600, 2**32 - 1])
def test_log_for_a_wrong_block(disk: DiskImage, check: Check, home: int) -> None:
    disk.commit({599: b"", home: b"overwritten"})
    lines = check(disk, "--replay")
    assert lines == [
        f"log: block 1 of the commit is for block {home}, and should be for one from 21 to 599"
    ]


@pytest.mark.parametrize(("first", "count"), [(0, 20), (19, 1), (18, 2), (2**32 - 1, 2)])
def test_commit_larger_than_the_log(disk: DiskImage, check: Check, first: int, count: int) -> None:
    disk.commit({})
    words = [disk.word(1, 0), 7, first, count]
    homes = list(range(500, 500 + count))
    for index, word in enumerate([*words, checksum([*words, *homes]), *homes]):
        disk.set_word(1, index, word)
    assert check(disk, "--replay") == [
        f"log: the commit has {count} blocks from number {first} on, and the log has room for 19"
    ]


# Inodes.


def test_inode_0(disk: DiskImage, check: Check) -> None:
    change(disk, 0, type=FILE)
    assert check(disk) == ["inode 0: in use, and the number means that there is none"]


def test_type(disk: DiskImage, check: Check, find: Callable[[str], int]) -> None:
    number = find("/small")
    block = change(disk, number, type=4).address[0]
    assert check(disk) == [
        f"inode {number} (/small): the type is 4, and there are only 0 to 3",
        f"block {block}: lost: used in the bitmap, and by nothing else",
    ]


@pytest.mark.parametrize("size", [67_382_273, 2**32 - 1])
def test_size_beyond_the_largest(
    disk: DiskImage, check: Check, find: Callable[[str], int], size: int
) -> None:
    number = find("/large")
    change(disk, number, size=size)
    assert check(disk) == [
        f"inode {number} (/large): the size is {size}, and a file has at most 67382272 bytes",
        f"inode {number} (/large): 65503 of the 65803 blocks before the end are missing",
    ]


def test_size_smaller_than_the_blocks(
    disk: DiskImage, check: Check, find: Callable[[str], int]
) -> None:
    number = find("/middle")
    blocks = list(disk.slots(number))
    change(disk, number, size=19 * BLOCK)
    assert check(disk) == [
        f"inode {number} (/middle): block {blocks[19]} lies behind the end, as number 19 of 19"
    ]
    table = change(disk, number, size=11 * BLOCK).address[11]
    lines = check(disk)
    assert len(lines) == 10
    assert f"inode {number} (/middle): block {table} of addresses lies behind the end" in lines


def test_missing_blocks(disk: DiskImage, check: Check, find: Callable[[str], int]) -> None:
    """One block, a table, and all behind what was written."""
    number = find("/large")
    table = disk.inode(number).address[11]
    for block in [table, disk.inode(number).address[0]]:
        disk.mark(block, used=False)
    for index in range(ADDRESSES):
        disk.mark(disk.word(table, index), used=False)
    change(disk, number, address0=0, address11=0)
    assert check(disk) == [
        f"inode {number} (/large): 257 of the 300 blocks before the end are missing"
    ]
    change(disk, number, size=310 * BLOCK)
    assert check(disk) == [
        f"inode {number} (/large): 267 of the 310 blocks before the end are missing"
    ]
    change(disk, number, links=0)
    assert not any("missing" in line for line in check(disk))


@pytest.mark.parametrize("slot", [0, 10, 11, 12])
@pytest.mark.parametrize("address", [1, 25, 600, 2**32 - 1])
def test_address_outside_of_the_data(
    disk: DiskImage, check: Check, find: Callable[[str], int], slot: int, address: int
) -> None:
    number = find("/large")
    change(disk, number, **{f"address{slot}": address})
    lines = check(disk)
    assert lines[0] == (
        f"inode {number} (/large): address {address} is outside of the data, which is 26 to 599"
    )
    lost = [line for line in lines if "lost: used in the bitmap" in line]
    assert lines[1:] == lost and lost


def test_address_in_a_block_of_addresses(
    disk: DiskImage, check: Check, find: Callable[[str], int]
) -> None:
    number = find("/large")
    tables = disk.inode(number).address[12]
    last = disk.word(tables, 0)
    for table, index in [(tables, 255), (last, 3)]:
        disk.mark(disk.word(table, index), used=index == 255)
        disk.set_word(table, index, 4_000_000_000)
    line = f"inode {number} (/large): address 4000000000 is outside of the data, which is 26 to 599"
    assert check(disk) == [line, line]


def test_device_with_content(disk: DiskImage, check: Check, find: Callable[[str], int]) -> None:
    number = find("/console")
    block = disk.free_block()
    disk.mark(block)
    change(disk, number, size=5, address0=block)
    assert check(disk) == [
        f"inode {number} (/console): the size is 5, and a device has none",
        f"inode {number} (/console): block {block} lies behind the end, as number 0 of 0",
    ]


# Blocks.


def test_block_used_by_two_files(disk: DiskImage, check: Check, find: Callable[[str], int]) -> None:
    block = disk.inode(find("/a/b/deep")).address[0]
    lost = change(disk, find("/large"), address5=block)
    lost_block = disk.inode(find("/large")).address[4] + 1
    assert lost.address[5] == block
    assert check(disk) == [
        f"inode {find('/large')} (/large): block {block} is also used by "
        f"inode {find('/a/b/deep')} (/a/b/deep)",
        f"block {lost_block}: lost: used in the bitmap, and by nothing else",
    ]


def test_block_used_twice_by_a_file(
    disk: DiskImage, check: Check, find: Callable[[str], int]
) -> None:
    """A block of addresses that leads to itself."""
    number = find("/large")
    place = f"inode {number} (/large)"
    tables = disk.inode(number).address[12]
    disk.set_word(tables, 100, tables)
    assert check(disk) == [f"{place}: block {tables} is also used by {place}"]


def test_block_in_use_is_free(disk: DiskImage, check: Check, find: Callable[[str], int]) -> None:
    number = find("/large")
    blocks = [list(disk.slots(number))[299], disk.inode(number).address[12]]
    for block in blocks:
        disk.mark(block, used=False)
    assert check(disk) == [
        f"inode {number} (/large): block {block} is in use, and free in the bitmap"
        for block in sorted(blocks)
    ]


def test_metadata_is_free(disk: DiskImage, check: Check) -> None:
    for block in (0, 25):
        disk.mark(block, used=False)
    assert check(disk) == [
        f"block {block}: before the data, and free in the bitmap" for block in (0, 25)
    ]


def test_lost_blocks(disk: DiskImage, check: Check) -> None:
    for block in (580, 597, 598, 599):
        disk.mark(block)
    assert check(disk) == [
        "block 580: lost: used in the bitmap, and by nothing else",
        "blocks 597 to 599: lost: used in the bitmap, and by nothing else",
    ]


def test_bits_behind_the_disk_mean_nothing(disk: DiskImage, check: Check) -> None:
    for block in range(600, 8192):
        disk.mark(block)
    assert check(disk) == []


# Directories and links.


def test_root_is_no_directory(disk: DiskImage, check: Check) -> None:
    change(disk, ROOT, type=FILE)
    lines = check(disk)
    assert lines[0] == "inode 1: not a directory, and it is the root"
    assert all(re.search("lost: it says", line) for line in lines[1:])


@pytest.mark.parametrize("size", [0, 16, 63])
def test_size_of_a_directory(
    disk: DiskImage, check: Check, find: Callable[[str], int], size: int
) -> None:
    change(disk, find("/empty"), size=size)
    assert check(disk)[0] == (
        f"inode {find('/empty')} (/empty): the size is {size}, and a directory has 2 or more "
        "entries of 16 bytes"
    )


def test_missing_blocks_of_a_directory(
    disk: DiskImage, check: Check, find: Callable[[str], int]
) -> None:
    number = find("/empty")
    change(disk, number, size=3 * BLOCK)
    assert check(disk) == [f"inode {number} (/empty): 2 of the 3 blocks before the end are missing"]


@pytest.mark.parametrize(
    ("position", "name", "target", "line"),
    [
        (0, b"..", "/a", "entry 0 is called '..', and should be '.'"),
        (1, b"", "/a", "entry 1 is called '', and should be '..'"),
        (0, b".", "/", "'.' leads to inode 1, and should lead to {/a/b}"),
        (0, b".", "", "'.' leads to inode 0, and should lead to {/a/b}"),
        (1, b"..", "/", "'..' leads to inode 1, and should lead to {/a}"),
        (1, b"..", "/a/b", "'..' leads to inode {/a/b}, and should lead to {/a}"),
    ],
)
def test_dots(
    disk: DiskImage,
    check: Check,
    find: Callable[[str], int],
    position: int,
    name: bytes,
    target: str,
    line: str,
) -> None:
    number = find("/a/b")
    disk.set_entry(number, position, find(target) if target else 0, name)
    wanted = re.sub(r"\{(.*?)\}", lambda match: str(find(match[1])), line)
    assert check(disk) == [f"inode {number} (/a/b): {wanted}"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (b"", "entry 2, of inode {/small}, has no name"),
        (b".", "entry 2 is called '.' too"),
        (b"..", "entry 2 is called '..' too"),
        (b"a/b", "the name 'a/b' has a / in it"),
        (b"abc\0rest", "the name 'abc' is not filled up with zeroes"),
        (b"/\n\\\xff/", r"the name '/\x0a\\\xff/' has a / in it"),
    ],
)
def test_names(
    disk: DiskImage, check: Check, find: Callable[[str], int], name: bytes, line: str
) -> None:
    number, small = find("/empty"), find("/small")
    disk.set_entry(number, 2, small, name)
    change(disk, small, links=3)
    wanted = line.replace("{/small}", str(small))
    assert check(disk) == [f"inode {number} (/empty): {wanted}"]


def test_equal_names(disk: DiskImage, check: Check, find: Callable[[str], int]) -> None:
    number, small = find("/empty"), find("/small")
    for position, name in [(2, b"twice_14_bytes"), (3, b"once"), (4, b"twice_14_bytes")]:
        disk.set_entry(number, position, small, name)
    change(disk, small, links=5)
    assert check(disk) == [f"inode {number} (/empty): two entries are called 'twice_14_bytes'"]


def test_unused_entries_are_right(
    disk: DiskImage, check: Check, find: Callable[[str], int]
) -> None:
    disk.set_entry(find("/empty"), 2, 0, b"small")
    disk.set_entry(find("/empty"), 5, 0, b"small")
    assert check(disk) == []


@pytest.mark.parametrize("target", [64, 65535])
def test_entry_leads_outside(
    disk: DiskImage, check: Check, find: Callable[[str], int], target: int
) -> None:
    number = find("/empty")
    disk.set_entry(number, 2, target, b"far")
    assert check(disk) == [
        f"inode {number} (/empty): 'far' leads to inode {target}, and the last is 63"
    ]


def test_entry_leads_to_a_free_inode(
    disk: DiskImage, check: Check, find: Callable[[str], int]
) -> None:
    number, target = find("/empty"), disk.free_inode()
    disk.set_entry(number, 2, target, b"gone")
    assert check(disk) == [
        f"inode {number} (/empty): 'gone' leads to inode {target}, which is free"
    ]


@pytest.mark.parametrize(("folder", "target"), [("/a/b", "/a"), ("/empty", "/a"), ("/a/b", "/")])
def test_directory_with_two_names(
    disk: DiskImage, check: Check, find: Callable[[str], int], folder: str, target: str
) -> None:
    """Some of these are loops."""
    number = find(folder)
    position = disk.inode(number).size // 16
    disk.set_entry(number, position, find(target), b"again")
    there = f"inode {find(target)} ({target})"
    assert check(disk) == [
        f"inode {number} ({folder}): 'again' leads to a directory that has a name already: {there}",
        f"{there}: it says that it has 1 name, and has 2",
    ]


def test_loop_that_nothing_leads_to(
    disk: DiskImage, check: Check, find: Callable[[str], int]
) -> None:
    """/a/b and its parent are cut off, and lead to each other."""
    a, b = find("/a"), find("/a/b")
    disk.set_entry(b, disk.inode(b).size // 16, a, b"loop")
    position = next(i for i, entry in enumerate(disk.entries(ROOT)) if entry.inode == a)
    disk.set_entry(ROOT, position, 0, b"")
    lines = check(disk)
    lost = {line for line in lines if "lost: it says that it has 1 name, and has none" in line}
    assert {f"inode {n}: lost: it says that it has 1 name, and has none" for n in (a, b)} <= lost


@pytest.mark.parametrize("links", [0, 1, 3, 65535])
def test_links(disk: DiskImage, check: Check, find: Callable[[str], int], links: int) -> None:
    number = find("/small")
    change(disk, number, links=links)
    (line,) = check(disk)
    names = "name" if links == 1 else "names"
    assert line == f"inode {number} (/small): it says that it has {links} {names}, and has 2"


@pytest.mark.parametrize("kind", [DIRECTORY, FILE, DEVICE])
def test_lost_inode(disk: DiskImage, check: Check, kind: int) -> None:
    number = disk.free_inode()
    make_nameless(disk, number, Inode(type=kind, links=2))
    line = f"inode {number}: lost: it says that it has 2 names, and has none"
    assert check(disk) == [line]


@pytest.mark.parametrize("kind", [DIRECTORY, FILE, DEVICE])
def test_file_that_was_removed_while_open(disk: DiskImage, check: Check, kind: int) -> None:
    number = disk.free_inode()
    make_nameless(disk, number, Inode(type=kind))
    (line,) = check(disk)
    assert line.startswith(f"note: inode {number}: has no name any more")


def make_nameless(disk: DiskImage, number: int, inode: Inode) -> None:
    if inode.type != DEVICE:
        inode.address[0] = disk.free_block()
        inode.size = 32
        disk.mark(inode.address[0])
        disk.set_block(inode.address[0], struct.pack("<H14sH14s", number, b".", ROOT, b".."))
    disk.set_inode(number, inode)


def test_very_long_path(disk: DiskImage, check: Check, find: Callable[[str], int]) -> None:
    """The end of it is shown."""
    above = find("/empty")
    for number in range(20, 63):
        block = disk.free_block()
        disk.mark(block)
        disk.set_block(block, struct.pack("<H14sH14s", number, b".", above, b".."))
        disk.set_inode(number, Inode(type=DIRECTORY, links=1, size=32, address=[block] + [0] * 12))
        disk.set_entry(above, 2, number, b"%014d" % number)
        above = number
    assert check(disk) == []
    change(disk, 62, links=9)
    (line,) = check(disk)
    assert re.fullmatch(r"inode 62 \(\.\.\./.*/00000000000062\): it says .*", line)


# What is no file system, arguments, and listings.


@pytest.mark.parametrize("size", [0, 1, 511, 1023, 1024, 100_000])
def test_garbage_is_no_file_system(fsck: Path, tmp_path: Path, size: int) -> None:
    (tmp_path / "disk").write_bytes(random.Random(size).randbytes(size))
    done = run_tool(fsck, tmp_path / "disk")
    assert done.returncode == 2
    assert "disk: " in done.stderr and "not a file system" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "IMAGE is needed"),
        (["{good}", "second"], "'second' is one argument too many"),
        (["--frob", "{good}"], "--frob"),
        (["{tools}/nowhere"], "nowhere: No such file"),
        (["{tools}"], "not a file"),
    ],
)
def test_bad_arguments(
    fsck: Path, tools: Path, good: bytes, arguments: list[str], words: str
) -> None:
    done = run_tool(fsck, *(word.format(tools=tools, good=tools / "good") for word in arguments))
    assert done.returncode == 2
    assert words in done.stderr


def test_help(fsck: Path) -> None:
    done = run_tool(fsck, "--help")
    assert done.returncode == 0
    for word in ("IMAGE", "--replay", "--list", "--verbose"):
        assert word in done.stdout


def test_list(disk: DiskImage, check: Check, fsck: Path, tmp_path: Path) -> None:
    done = run_tool(fsck, "--list", disk.store(tmp_path / "disk"))
    listed = {}
    for line in done.stdout.splitlines():
        found, kind, links, size, path = line.split()
        listed[path] = (int(found), kind, int(links), size)
    kinds = {DIRECTORY: "directory", FILE: "file", DEVICE: "device"}
    wanted = {}
    for path, number in disk.paths().items():
        inode = disk.inode(number)
        size = f"{inode.major}:{inode.minor}" if inode.type == DEVICE else str(inode.size)
        wanted[path] = (number, kinds[inode.type], inode.links, size)
    assert listed == wanted


def test_verbose(disk: DiskImage, fsck: Path, tmp_path: Path) -> None:
    done = run_tool(fsck, "-v", disk.store(tmp_path / "disk"))
    free_blocks = sum(not disk.is_marked(block) for block in range(600))
    free_inodes = sum(disk.inode(number).type == FREE for number in range(1, 64))
    assert done.stdout.splitlines() == [
        f"{free_blocks} of 600 blocks free, {free_inodes} of 63 inodes free; "
        "4 directories, 4 files, 1 devices",
        "no faults",
    ]


# Any garbage.


@pytest.fixture(scope="module")
def fuzz(tools: Path) -> Path:
    parts = ["check", "check_blocks", "check_tree", "check_volume"]
    sources = [TOOLS / f"{part}.c" for part in parts]
    return compile_with_format(
        tools / "fuzz_check", [Path(__file__).with_name("fuzz_check.c"), *sources]
    )


@pytest.mark.parametrize("seed", range(4))
def test_fuzz(fuzz: Path, tools: Path, good: bytes, seed: int) -> None:
    done = run_tool(fuzz, tools / "good", str(seed), str(FUZZ_ROUNDS))
    assert done.returncode == 0, done.stderr
    faulty = int(done.stdout.split()[0])
    assert faulty > FUZZ_ROUNDS * 0.7


def test_time_is_bound_by_the_size(disk: DiskImage, fsck: Path, tmp_path: Path) -> None:
    """Many directories, all of the largest size, in which all addresses lead to the same blocks.

    Whoever followed them all would be busy for hours.
    """
    inodes = 5000
    start = disk.super["inode_start"]
    bitmap = start + -(-inodes // 16)
    top, table, data = (bitmap + number for number in (1, 2, 3))
    blocks = bitmap + 4
    disk.data = bytearray(blocks * BLOCK)
    for name, value in {
        **{"magic": 0x43775346, "version": 1, "block_size": 1024, "blocks": blocks},
        **{"log_start": 1, "log_blocks": 20, "inode_start": start, "inodes": inodes},
        **{"bitmap_start": bitmap, "data_start": bitmap + 1},
    }.items():
        disk.set_super(name, value)
    disk.super |= {"blocks": blocks, "bitmap_start": bitmap, "inodes": inodes}
    disk.set_word(1, 0, 0x4377464C)
    for block, content in [(top, table), (table, data)]:
        disk.set_block(block, struct.pack("<I", content) * ADDRESSES)
    disk.set_block(data, struct.pack("<H14s", 7, b"loop") * (BLOCK // 16))
    bomb = Inode(DIRECTORY, links=1, size=67_382_272, address=[data] * 11 + [table, top])
    for number in range(1, inodes):
        disk.set_inode(number, bomb)
    assert run_tool(fsck, "--list", "--replay", disk.store(tmp_path / "disk")).returncode == 1
