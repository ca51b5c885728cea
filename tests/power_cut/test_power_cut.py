"""tests/power_cut: the tool itself, and a few power cuts on each variant."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

from bench.host.running.machine import kernel_path
from tests.guest.guest_machine import first_variants
from tests.power_cut.campaign import Plan, run_campaign
from tests.power_cut.cuts import KINDS, cut
from tests.power_cut.model import SHARED, Entry, Script, Tree, make_script, written
from tests.power_cut.write_log import Entry as Logged
from tests.power_cut.write_log import WriteLog, WriteLogError, read_write_log

SECTOR = 512


def sectors(text: str) -> bytes:
    """A sector for each letter."""
    return b"".join(letter.encode() * SECTOR for letter in text)


def letters(image: bytes) -> str:
    """What sectors() made this of; ? for a sector of several letters."""
    pieces = [image[at : at + SECTOR] for at in range(0, len(image), SECTOR)]
    return "".join(chr(piece[0]) if len(set(piece)) == 1 else "?" for piece in pieces)


def write(sector: int, text: str) -> Logged:
    return Logged(sector * SECTOR, sectors(text), False)


FLUSH = Logged(0, b"", True)


def log_of(*entries: Logged) -> WriteLog:
    return WriteLog(SECTOR, list(entries), [0] * len(entries))


# The log that QEMU writes.


def log_bytes(*entries: tuple[int, int, bytes]) -> bytes:
    """Of entries with a sector, flags and data."""

    def padded(data: bytes) -> bytes:
        return data.ljust(SECTOR, b"\0")

    log = padded(struct.pack("<QQQL", 0x6A736677736872, 1, len(entries), SECTOR))
    for sector, flags, data in entries:
        log += padded(struct.pack("<QQQQ", sector, len(data) // SECTOR, flags, 0)) + data
    return log


def test_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(log_bytes((3, 0, sectors("ab")), (0, 1, b""), (9, 0, sectors("c"))))
    log = read_write_log(path)
    assert log.entries == [write(3, "ab"), FLUSH, write(9, "c")]
    assert log.ends == [4 * SECTOR, 5 * SECTOR, 7 * SECTOR]
    assert [log.entries_within(size * SECTOR) for size in (0, 3, 4, 6, 7)] == [0, 0, 1, 2, 3]


def test_log_without_a_flush_has_no_superblock(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(bytes(SECTOR) + log_bytes((3, 0, sectors("ab")))[SECTOR:])
    assert read_write_log(path).entries == [write(3, "ab")]


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"x" * 1000,
        log_bytes((3, 0, sectors("ab")))[:-1],
        log_bytes((3, 4, sectors("ab"))),
        log_bytes((3, 0, b""))[: SECTOR + 8],
    ],
    ids=["empty", "no magic", "cut off in data", "discard", "cut off in header"],
)
def test_damaged_log_is_refused(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(damaged)
    with pytest.raises(WriteLogError, match=str(path)):
        read_write_log(path)


# What a cut leaves.


def outcomes(base: str, log: WriteLog, at: int) -> set[str]:
    """All that cuts at this place leave."""
    return {letters(cut(sectors(base), log, at, Random(i)).image) for i in range(300)}


def test_nothing_is_lost_before_a_flush() -> None:
    log = log_of(write(0, "AB"), write(1, "C"), FLUSH)
    assert outcomes("....", log, 3) == {"AC.."}
    assert outcomes("....", log, 0) == {"...."}


def test_anything_may_be_lost_after_a_flush() -> None:
    log = log_of(write(0, "A"), FLUSH, write(1, "BC"), write(3, "D"))
    assert outcomes("....", log, 4) == {f"A{b}{c}{d}" for b in ".B" for c in ".C" for d in ".D"}


def test_a_sector_that_was_written_twice_has_any_of_its_versions() -> None:
    log = log_of(write(0, "A"), write(0, "B"), write(1, "C"))
    assert outcomes("..", log, 3) == {f"{a}{c}" for a in ".AB" for c in ".C"}


def test_flush_behind_the_cut_has_not_happened() -> None:
    log = log_of(write(0, "A"), FLUSH)
    assert outcomes(".", log, 1) == {".", "A"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_cut_is_tried(kind: str) -> None:
    log = log_of(write(0, "AB"), write(1, "C"), write(3, "D"))
    assert kind in {cut(sectors("...."), log, 3, Random(i)).kind for i in range(100)}


def test_a_cut_depends_on_its_seed_alone() -> None:
    log = log_of(*(write(i, "A") for i in range(50)))
    images = [cut(sectors("." * 50), log, 40, Random("seed")).image for _ in range(5)]
    assert len(set(images)) == 1


# The model, against the host's own file system.


class Host:
    """Does a script in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        return self.root / name[1:]

    def do(self, number: int, line: str) -> None:
        match line.split():
            case ["c", path]:
                self.path(path).touch(exist_ok=False)
            case ["w", path, offset, size]:
                with self.path(path).open("r+b") as file:
                    assert file.seek(int(offset)) <= self.path(path).stat().st_size
                    file.write(written(number, int(size)))
            case ["r", path, size]:
                self.path(path).write_bytes(written(number, int(size)))
            case ["t", path]:
                assert self.path(path).is_file()
                os.truncate(self.path(path), 0)
            case ["m", path]:
                self.path(path).mkdir()
            case ["n", path, _, _]:
                os.mkfifo(self.path(path))  # a device needs privileges
            case ["l", old, new]:
                os.link(self.path(old), self.path(new))
            case ["u", path]:
                target = self.path(path)
                target.rmdir() if target.is_dir() else target.unlink()
            case ["x", path, _]:
                assert not self.path(path).exists()
            case _:
                raise AssertionError(line)

    def tree(self) -> Tree:
        return {f"/{path.relative_to(self.root)}": entry(path) for path in self.root.rglob("*")}


def entry(path: Path) -> Entry:
    if path.is_dir():
        return Entry("directory")
    links = path.lstat().st_nlink
    if path.is_fifo():
        return Entry("device", links)
    content = path.read_bytes()
    return Entry("file", links, len(content), crc32(content))


@pytest.mark.parametrize("seed", range(3))
def test_model_is_like_a_real_file_system(tmp_path: Path, seed: int) -> None:
    scripts = [make_script(worker, str(seed), 100, large=worker == 0) for worker in range(3)]
    (tmp_path / SHARED[1:]).mkdir()
    for script in scripts:
        (tmp_path / f"w{script.worker}").mkdir()
    host = Host(tmp_path)
    for number in range(100):
        for script in scripts:
            host.do(number, script.lines[number])
        tree = host.tree()
        for script in scripts:
            own = {path: entry for path, entry in tree.items() if script.owns(path)}
            assert own in [state.tree for state in script.states if state.done == number + 1]


def test_a_script_has_all_kinds_of_operations() -> None:
    script = make_script(0, "all", 150, large=True)
    assert {line[0] for line in script.lines} == set("cwrtmnlux")
    assert len(script.text) < 32 * 1024  # SCRIPT of guest/work.c
    assert any(entry.size > 256 * 1024 for state in script.states for entry in state.tree.values())


# What the model finds wrong.


@pytest.fixture
def script() -> Script:
    return make_script(0, "judged", 60)


def test_trees_that_may_be(script: Script) -> None:
    for state in script.states:
        assert script.explanation(state.tree, state.done) is not None


def test_lost_operation(script: Script) -> None:
    """A tree that was right some operations ago."""
    earlier = script.states[20]
    later = {state.done for state in script.states[40:] if state.tree != earlier.tree}
    assert script.explanation(earlier.tree, min(later)) is None


def test_half_an_operation(script: Script) -> None:
    for state in script.states[1:]:
        for path, found in state.tree.items():
            if found.kind == "file" and found.size:
                torn = dict(state.tree)
                torn[path] = Entry("file", found.links, found.size, found.checksum ^ 1)
                assert script.explanation(torn, 0) is None
                return
    raise AssertionError("no file")


@pytest.mark.parametrize("small_log", [False, True])
def test_a_long_write_may_stop_on_the_way(small_log: bool) -> None:
    script = make_script(0, "judged", 60, large=True, small_log=small_log)
    growths = [state for state in script.states if state.growth and state.growth.sizes()]
    assert growths
    for state in growths:
        growth = state.growth
        assert growth is not None
        for size, allowed in [(growth.sizes()[0], True), (growth.sizes()[0] + 1, False)]:
            content = growth.content[:size]
            tree = dict(state.tree)
            for path in growth.paths:
                tree[path] = Entry("file", tree[path].links, size, crc32(content))
            assert state.allows(tree) == allowed


# The machines.


@pytest.mark.parametrize("variant", first_variants())
def test_power_cuts(variant: str, tmp_path: Path) -> None:
    """A few; make power-cuts makes many."""
    plan = Plan(kernel_path(variant), f"test-{variant}", cuts=20, jobs=1, folder=tmp_path)
    report = run_campaign(plan)
    assert report.cuts == 20
    assert not report.failures, report.text()
