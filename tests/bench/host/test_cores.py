"""Descriptions of cores: the files, what is said about wrong ones, and the model."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.host import cores
from bench.host.cores import CORES, PARTS, STREAMED, load
from bench.host.errors import BenchError
from bench.host.running.machine import ROOT

GEOMETRIES = {
    "c910": "c910/l1i:65536:2:64:lru/l1d:65536:2:64:lru/l2:1048576:16:64:lru"
    "/itlb:32:32:lru/dtlb:17:17:lru/stlb:1024:4:lru/walk:0/branch:16384:14:256:12",
    "rocket": "rocket/l1i:16384:4:64:random/l1d:16384:4:64:random/l2:524288:8:64:random"
    "/itlb:32:32:lru/dtlb:32:32:lru/walk:8/branch:512:3:32:6",
    "u74": "u74/l1i:32768:4:64:random/l1d:32768:8:64:random/l2:2097152:16:64:random"
    "/itlb:40:40:lru/dtlb:40:40:lru/stlb:512:1:lru/walk:8/branch:16384:8:16:12",
}
# Costs are powers of two, so that each one shows in a sum.
MINE = """
name = "mine"
title = {en = "Mine", zh = "我的"}
kind = "in-order"
width = 2
mhz = 1000
[l1i]
size = 16384
ways = 4
line = 64
replacement = "random"
[l1d]
size = 32768
ways = 8
line = 64
replacement = "lru"
[l2]
size = 1048576
ways = 16
line = 64
replacement = "random"
[itlb]
entries = 40
ways = 40
replacement = "lru"
[dtlb]
entries = 48
ways = 3
replacement = "lru"
[stlb]
entries = 512
ways = 1
replacement = "lru"
[walk]
entries = 0
[branch]
counters = 1024
history = 10
targets = 0
returns = 0
[cycles]
instruction = 0.5
l1_miss = 16
l1_stream = 4
l2_miss = 128
l2_stream = 32
writeback_l1 = 2
writeback_l2 = 64
stlb_hit = 8
walk_step = 20
mispredict = 5
trap = 10
atomic = 3
fence = 7
flush = 11
[error]
en = "unknown"
zh = "未知"
"""
EVENTS = {
    "instructions": 1000,
    "loads": 250,
    "stores": 125,
    "l1i_misses": 10,
    "l1d_misses": 20,
    "l2_misses": 5,
    "l1_writebacks": 6,
    "l2_writebacks": 4,
    "itlb_misses": 3,
    "dtlb_misses": 9,
    "stlb_misses": 2,
    "walk_steps": 7,
    "mispredicts": 30,
    "traps": 2,
    "atomics": 8,
    "fences": 1,
    "flushes": 1,
}
BY_HAND = {
    "instructions": 500.0,
    "l1": 30 * 16.0,
    "l2": 5 * 128.0,
    "tlb": (3 + 9 - 2) * 8.0 + 7 * 20.0,
    "branches": 150.0,
    "traps": 20.0,
    "other": 6 * 2.0 + 4 * 64.0 + 8 * 3.0 + 7.0 + 11.0,
}


def mine(folder: Path, text: str = MINE) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_core_that_comes_with_the_project_loads() -> None:
    assert cores.names() == sorted(GEOMETRIES)
    for name, geometry in GEOMETRIES.items():
        core = load(name)
        assert core.name == name and core.geometry() == geometry
        assert core == load(CORES / f"{name}.toml")


def test_a_core_of_ones_own(tmp_path: Path) -> None:
    path = mine(tmp_path)
    core = load(path)
    assert core.title.zh == "我的" and core.cycles.l1_miss == 16.0
    assert core == load(str(path))
    assert core.geometry() == (
        "mine/l1i:16384:4:64:random/l1d:32768:8:64:lru/l2:1048576:16:64:random"
        "/itlb:40:40:lru/dtlb:48:3:lru/stlb:512:1:lru/walk:0/branch:1024:10:0:0"
    )


def test_cores_that_differ_in_names_and_costs_are_one_simulation(tmp_path: Path) -> None:
    one = load(mine(tmp_path))
    other = load(mine(tmp_path, MINE.replace('"mine"', '"other"').replace("trap = 10", "trap = 1")))
    third = load(mine(tmp_path, MINE.replace("entries = 0", "entries = 1")))
    assert one.shape() == other.shape() != third.shape()
    assert one.geometry() != other.geometry() == f"other/{one.shape()}"


def test_stack(tmp_path: Path) -> None:
    core = load(mine(tmp_path))
    assert core.stack(EVENTS) == BY_HAND
    assert tuple(BY_HAND) == PARTS and sum(BY_HAND.values()) == 2320.0


def test_misses_that_continue_a_stream_have_a_cost_of_their_own(tmp_path: Path) -> None:
    found = load(mine(tmp_path)).stack(EVENTS | dict(zip(STREAMED, (25, 3))))
    assert found == BY_HAND | {"l1": 5 * 16.0 + 25 * 4.0, "l2": 2 * 128.0 + 3 * 32.0}


def test_the_page_has_the_same_formula(tmp_path: Path) -> None:
    core, events = load(mine(tmp_path)), EVENTS | dict(zip(STREAMED, (25, 3)))
    page = (ROOT / "docs/cores.md").read_text(encoding="utf-8")
    formula = re.search(r"^```text\n(instructions .*?)```", page, re.MULTILINE | re.DOTALL)
    assert formula is not None
    lines = re.sub(r"\n +", " ", formula[1]).splitlines()
    parts = dict(line.split(" = ") for line in lines)
    known = asdict(core.cycles) | events
    assert {name.strip(): eval(part, known) for name, part in parts.items()} == core.stack(events)
    assert all(f"`{cost}`" in page for cost in asdict(core.cycles))


def test_without_a_second_tlb(tmp_path: Path) -> None:
    text = re.sub(r"\[stlb\].*?(?=\[walk\])", "", MINE, flags=re.DOTALL)
    core = load(mine(tmp_path, text))
    assert core.stlb is None and "stlb" not in core.geometry()
    events = {name: number for name, number in EVENTS.items() if name != "stlb_misses"}
    assert core.stack(events) == BY_HAND | {"tlb": 140.0}


@pytest.mark.parametrize("name", [name for name in EVENTS if name not in ("loads", "stores")])
def test_an_event_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    events = {each: number for each, number in EVENTS.items() if each != name}
    with pytest.raises(BenchError, match=f"^no estimate for mine: the events have no {name}$"):
        load(mine(tmp_path)).stack(events)


@pytest.mark.parametrize("name", ("u75", "U74", ""))
def test_an_unknown_core_lists_those_that_exist(name: str) -> None:
    with pytest.raises(BenchError) as caught:
        load(name)
    assert str(caught.value) == (
        f"there is no core {name!r} in bench/cores/; those that exist: c910, rocket, u74. Of your "
        "own, give the path, such as ./mine.toml"
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="^cannot read the core .*none.toml: No such file or dire"):
        load(tmp_path / "none.toml")
    with pytest.raises(BenchError, match="^cannot read the core .*: Is a directory$"):
        load(tmp_path)
    path = mine(tmp_path)
    path.write_bytes(b"name = \xff")
    with pytest.raises(BenchError, match=f"^{re.escape(str(path))}: 'utf-8' codec"):
        load(path)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ('name = "mine"', 'name = "mine', "Illegal character '\\n' (at line 2, column 13)"),
        ('name = "mine"', 'name = "u/74"', "name is 'u/74', but must be of a-z, 0-9 and -"),
        ('name = "mine"', 'name = ""', "name is '', but must be of a-z, 0-9 and -"),
        ('name = "mine"', "name = 74", "name is 74, but must be a string"),
        (', zh = "我的"', "", "title.zh is missing, which must be a string"),
        ('zh = "未知"', 'zh = "未知"\nde = "?"', "error.de is unknown; known are en, zh"),
        ('"in-order"', '"fast"', "kind is 'fast', but must be in-order or out-of-order"),
        ("width = 2", "width = 0", "width is 0, but must be 1 or more"),
        ("width = 2", "width = 2.0", "width is 2.0, but must be an integer"),
        ("width = 2", "width = true", "width is True, but must be an integer"),
        ("mhz = 1000", "mhz = -1", "mhz is -1, but must be 1 or more"),
        ("mhz = 1000", "", "mhz is missing, which must be an integer"),
        ("[walk]\nentries = 0\n", "", "walk is missing, which must be a table of entries"),
        ("mhz = 1000", "mhz = 1000\nl3 = 1", "l3 is unknown; known are name, title, kind, width, "),
        (
            "[l1d]\nsize = 32768",
            "[l1d]\nsizes = 32768",
            "l1d.sizes is unknown; known are size, ways, line, replacement",
        ),
        ("[l1d]\nsize = 32768", "[l1d]", "l1d.size is missing, which must be an integer"),
        (
            "size = 32768",
            "size = 24576",
            "l1d.size is 24576, but must be 512 (ways * line) times a power of two",
        ),
        (
            "size = 32768",
            "size = 256",
            "l1d.size is 256, but must be 512 (ways * line) times a power of two",
        ),
        ("ways = 8", "ways = 0", "l1d.ways is 0, but must be 1 or more"),
        (
            "ways = 8\nline = 64",
            "ways = 8\nline = 48",
            "l1d.line is 48, but must be a power of two",
        ),
        (
            'line = 64\nreplacement = "lru"',
            'line = 64\nreplacement = "fifo"',
            "l1d.replacement is 'fifo', but must be lru or random",
        ),
        ("ways = 40", "ways = 41", "itlb.ways is 41, but must be from 1 to 40 (entries)"),
        ("ways = 40", "ways = 0", "itlb.ways is 0, but must be from 1 to 40 (entries)"),
        ("entries = 40", "entries = 0", "itlb.entries is 0, but must be 1 or more"),
        (
            "entries = 48",
            "entries = 45",
            "dtlb.entries is 45, but must be 3 (ways) times a power of two",
        ),
        (
            'ways = 1\nreplacement = "lru"',
            'ways = 1\nreplacement = "plru"',
            "stlb.replacement is 'plru', but must be lru or random",
        ),
        (
            "[walk]\nentries = 0",
            "[walk]\nentries = -1",
            "walk.entries is -1, but must be 0 or more",
        ),
        (
            "counters = 1024",
            "counters = 1000",
            "branch.counters is 1000, but must be a power of two",
        ),
        ("counters = 1024", "counters = 0", "branch.counters is 0, but must be a power of two"),
        (
            "history = 10",
            "history = 11",
            "branch.history is 11, but must be from 0 to 10, the bits of a counter's number",
        ),
        ("targets = 0", "targets = 28", "branch.targets is 28, but must be 0 or a power of two"),
        ("returns = 0", "returns = -1", "branch.returns is -1, but must be 0 or more"),
        ("l1_miss = 16", "l1_miss = -1", "cycles.l1_miss is -1.0, but must be 0 or more"),
        ("l1_miss = 16", "l1_miss = inf", "cycles.l1_miss is inf, but must be 0 or more"),
        ("l1_miss = 16", "l1_miss = nan", "cycles.l1_miss is nan, but must be 0 or more"),
        ("l1_miss = 16", 'l1_miss = "16"', "cycles.l1_miss is '16', but must be a number"),
        ("= 0.5", "= 0", "cycles.instruction is 0.0, but must be more than 0"),
        ("flush = 11", "", "cycles.flush is missing, which must be a number"),
        (MINE, "", "name is missing, which must be a string"),
        (MINE, "name = 1\nl1i = 16384", "title is missing, which must be a table of en, zh"),
        (
            '[l1i]\nsize = 16384\nways = 4\nline = 64\nreplacement = "random"',
            "l1i = 16384",
            "l1i is 16384, but must be a table of size, ways, line, replacement",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in MINE
    path = mine(tmp_path, MINE.replace(old, new, 1))
    with pytest.raises(BenchError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {message}")


VALUE = re.compile(r"(\w+) += [^#]*")
SOURCE = re.compile(r"# (assumed: |\[\w+\] )\S")


def without_source(text: str) -> list[str]:
    """Lines with a value that give no source for it, or one that the head of the file does not list."""
    listed = set(re.findall(r"^# \[(\w+)\] ", text, re.MULTILINE))
    found = []
    for line in re.sub(r"^\[error\].*", "", text, flags=re.MULTILINE | re.DOTALL).splitlines():
        value = VALUE.match(line)
        if value is None or value[1] in ("name", "title"):
            continue
        source = SOURCE.match(line, value.end())
        cited = set(re.findall(r"\[(\w+)\]", line[value.end() :]))
        if source is None or not cited <= listed:
            found.append(line)
    return found


@pytest.mark.parametrize("name", sorted(GEOMETRIES))
def test_every_value_has_a_source(name: str) -> None:
    text = (CORES / f"{name}.toml").read_text(encoding="utf-8")
    assert without_source(text) == []
    body = re.sub(r"^(#|\[).*", "", text, flags=re.MULTILINE)
    listed = set(re.findall(r"^# \[(\w+)\] ", text, re.MULTILINE))
    cited = set(re.findall(r"\[(\w+)\]", body))
    assert listed <= cited, "a source in the head of the file is not cited"
    assert cited - listed <= {"stlb"}, "a source is not listed in the head of the file"


def test_a_value_without_a_source_is_found() -> None:
    head = "# [dts]  a file\n"
    good = "ways = 1  # [dts] sets\ncost = 2.5  # assumed: as ways\n[l1i]\nname = 'x'\n"
    assert without_source(head + good) == []
    for bad in ("ways = 1", "ways = 1  # sets", "ways = 1  # assumed:", "ways = 1  # [gem5] sets"):
        assert without_source(head + bad) == [bad]
