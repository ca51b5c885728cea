"""The probe in real machines: what it records against the second implementation, misses of a guest program
against arithmetic, and what QEMU says to a plugin for another version of it."""

from __future__ import annotations

import tempfile
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import (
    BUILD,
    MachineConfig,
    Outcome,
    boot_arguments,
    kernel_path,
    run,
)
from bench.host.running.probe import Probe, read
from tests.bench.probe.probe_build import plugin
from tests.bench.probe.reference import counted, divide, replay
from tests.guest.guest_machine import any_variant

U74 = (
    "u74/l1i:32768:4:64:random/l1d:32768:8:64:random/l2:2097152:16:64:random/itlb:40:40:lru"
    "/dtlb:40:40:lru/stlb:512:1:lru/walk:8/branch:16384:8:16:12"
)
# One with everything small, and LRU.
SMALL = (
    "small/l1i:2048:2:64:lru/l1d:2048:2:64:lru/l2:32768:4:64:lru/itlb:4:4:lru/dtlb:4:4:lru"
    "/walk:2/branch:64:4:4:4"
)


def boot(image: str, bootargs: str, *options: str) -> Outcome:
    return run(
        MachineConfig(
            kernel=kernel_path(any_variant()),
            initrd=BUILD / image,
            bootargs=bootargs,
            extra=options,
        )
    )


def suite_arguments(family: str, **parameters: int) -> str:
    words = [f"family={family}", "repeat=1", *(f"{k}={v}" for k, v in parameters.items())]
    return boot_arguments(f"/bench/suite/{family}", *words, console="polled", shuffle=0)


@pytest.mark.parametrize(
    "family, pages", [("fork", 256), ("write_copy", 64), ("fork_exec", 0), ("fork_touch", 16)]
)
def test_recorded_streams_count_the_same(tmp_path: Path, family: str, pages: int) -> None:
    cores = (U74, SMALL)
    words = Probe(plugin(), cores).options(tmp_path / "out")
    bootargs = suite_arguments(family, pages=pages)
    outcome = boot("bench.img", bootargs, words[0], f"{words[1]},record={tmp_path}/record")
    assert outcome.status == 0, outcome.errors
    stream, counts = divide((tmp_path / "record").read_text())
    assert len(stream) > 4000
    found = replay(cores, stream)
    assert found == counted(counts)
    assert {mode for _, mode, _, _ in found} >= {0, 1}


# Misses by arithmetic: core 0 is "known", with LRU everywhere. Its first cache has a way for each 64 lines
# of a page, so that sets are known though frames are not; all else is fully associative.

L1_WAYS, L1_SETS, L2_LINES, DTLB, STLB = 4, 64, 1024, 16, 64
KNOWN = (
    "known/l1i:16384:4:64:lru/l1d:16384:4:64:lru/l2:65536:1024:64:lru/itlb:8:8:lru/dtlb:16:16:lru"
    "/stlb:64:64:lru/walk:8/branch:1024:0:16:6"
)
LINE, PAGE = 64, 4096
PATTERNS = [
    # Kind, stride, count, rounds. Sizes around the first cache, of 256 lines:
    ("load", LINE, 128, 8),
    ("load", LINE, 255, 8),
    ("load", LINE, 256, 8),
    ("load", LINE, 257, 8),
    ("load", LINE, 300, 8),
    ("load", LINE, 320, 8),
    ("load", LINE, 640, 8),
    # around the second one:
    ("load", LINE, 1023, 4),
    ("load", LINE, 1024, 4),
    ("load", LINE, 1025, 4),
    ("load", LINE, 2048, 4),
    # strides, within a line and beyond:
    ("load", 8, 1024, 4),
    ("load", 8, 4096, 4),
    ("load", 128, 128, 8),
    ("load", 128, 129, 8),
    ("load", 1024, 64, 8),
    ("load", 1024, 65, 8),
    # conflicts of one set, on pages that the TLB holds, and on more than that:
    ("load", PAGE, 4, 20),
    ("load", PAGE, 5, 20),
    ("load", PAGE, 16, 20),
    ("load", PAGE, 17, 20),
    ("load", PAGE, 64, 10),
    ("load", PAGE, 65, 10),
    ("load", PAGE + LINE, 200, 10),
    ("load", PAGE + LINE, 256, 10),
    # stores, whose lines go out changed:
    ("store", LINE, 256, 8),
    ("store", LINE, 257, 8),
    ("store", LINE, 1024, 4),
    # (Between 1024 and 1280 lines, some that went out of the first cache just before are still there.)
    ("store", LINE, 2048, 4),
    ("store", PAGE, 65, 10),
]
DEPTHS = [4, 5, 6, 7, 12, 40]


@cache
def samples() -> list[dict[str, int]]:
    words = [f"{kind}:{stride}:{count}:{rounds}" for kind, stride, count, rounds in PATTERNS]
    words += [f"calls:{depth}:0:10" for depth in DEPTHS]
    half = len(words) // 2  # a program gets at most 31 arguments
    found = samples_of(words[:half]) + samples_of(words[half:])
    assert len(found) == len(words)
    return found


def samples_of(words: list[str]) -> list[dict[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        options = Probe(plugin(), (KNOWN,)).options(out)
        outcome = boot("tests.img", boot_arguments("/tests/misses", *words), *options)
        assert outcome.status == 0, (outcome.errors, outcome.lines)
        return read(out).samples


def circle(numbers: list[int], ways: int, sets: int) -> int:
    """Misses of a round over these lines or pages in a circle, when it has gone on for long: LRU holds all of
    a set, or none. What is not changed between accesses to others is one access."""
    distinct = sorted(set(numbers))
    shares = [sum(n % sets == each for n in distinct) for each in range(sets)]
    return sum(share for share in shares if share > ways)


@pytest.mark.parametrize(
    "index", range(len(PATTERNS)), ids=lambda i: ":".join(map(str, PATTERNS[i]))
)
def test_misses_are_those_of_arithmetic(index: int) -> None:
    kind, stride, count, rounds = PATTERNS[index]
    places = [number * stride for number in range(count)]
    lines, pages = [p // LINE for p in places], [p // PAGE for p in places]
    l1 = circle(lines, L1_WAYS, L1_SETS)
    # The second cache sees what misses the first: all lines of a set, or none.
    seen = [
        n
        for n in lines
        if circle([m for m in lines if m % L1_SETS == n % L1_SETS], L1_WAYS, L1_SETS)
    ]
    l2 = circle(seen, L2_LINES, 1)
    dtlb = circle(pages, DTLB, 1)
    stlb = circle(pages, STLB, 1) if dtlb else 0
    writes = kind == "store"
    expected = {
        f"{kind}s": count * rounds,
        "known/l1d_misses": l1 * rounds,
        "known/l2_misses": l2 * rounds,
        "known/l1_writebacks": l1 * rounds * writes,
        "known/l2_writebacks": l2 * rounds * writes,
        "known/dtlb_misses": dtlb * rounds,
        "known/stlb_misses": stlb * rounds,
        "known/walk_steps": stlb * rounds,  # of the leaf alone
        "known/l1i_misses": 0,
        "known/itlb_misses": 0,
    }
    found = samples()[index]
    assert {name: found.get(f"user/{name}", 0) for name in expected} == expected
    assert {name.split("/")[0] for name in found} == {"user"}


@pytest.mark.parametrize("depth", DEPTHS)
def test_deep_calls_run_out_of_the_stack_of_returns(depth: int) -> None:
    """Six are remembered. The branch that ends the recursion is the same for all depths."""
    index = len(PATTERNS) + DEPTHS.index(depth)
    base = len(PATTERNS) + DEPTHS.index(6)
    beyond = samples()[index]["user/known/mispredicts"] - samples()[base]["user/known/mispredicts"]
    assert beyond == 10 * max(0, depth - 6)


def test_qemu_refuses_a_plugin_for_another_version(tmp_path: Path) -> None:
    """That is how a QEMU that no longer takes version 1 answers ours."""
    words = Probe(plugin(version=99), (U74,)).options(tmp_path / "out")
    outcome = boot("bench.img", suite_arguments("null"), *words)
    assert outcome.status == 1
    assert "API version" in outcome.errors, outcome.errors
    assert not (tmp_path / "out").exists()


def test_qemu_shows_what_the_probe_says_of_its_arguments(tmp_path: Path) -> None:
    flag, words = Probe(plugin(), (U74,)).options(tmp_path / "out")
    outcome = boot("bench.img", suite_arguments("null"), flag, f"{words},vectors=0")
    assert outcome.status == 1
    assert "probe: vectors=0: no such argument; there are: out, core" in outcome.errors


def test_a_profile_adds_up_to_its_sample(tmp_path: Path) -> None:
    """To the last instruction, and to the last miss of the first core."""
    flag, words = Probe(plugin(), (U74, SMALL), profile=1).options(tmp_path / "out")
    outcome = boot("bench.img", suite_arguments("fork_touch", pages=16), flag, words)
    assert outcome.status == 0, outcome.errors
    watched = read(tmp_path / "out")
    sums: Counter[str] = Counter()
    for instruction in watched.profiles[1]:
        for event, number in instruction.events.items():
            sums[f"{instruction.mode}/{event}"] += number
    sample = {k: n for k, n in watched.samples[1].items() if "/small/" not in k}
    assert sums == sample
