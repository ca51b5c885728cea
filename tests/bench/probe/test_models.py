"""The simulated cores, compiled for the host with sanitizers: against a second implementation on random
streams, and against arithmetic on streams whose misses are known."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.bench.probe.probe_build import replayed
from tests.bench.probe.reference import EVENTS, replay

# With small caches, everything happens often.
SMALL = (
    "small/l1i:512:2:64:lru/l1d:1024:4:64:lru/l2:4096:4:64:lru/itlb:4:4:lru/dtlb:8:2:lru"
    "/stlb:16:4:lru/walk:2/branch:16:3:4:3"
)
GEOMETRIES = {
    "lru": SMALL,
    "random": SMALL.replace("lru", "random"),
    "no_second_tlb": SMALL.replace("/stlb:16:4:lru", ""),
    "no_walk_cache": SMALL.replace("walk:2", "walk:0"),
    "walk_cache_of_one": SMALL.replace("walk:2", "walk:1"),
    "no_tables_of_jumps": SMALL.replace("branch:16:3:4:3", "branch:1:0:0:0"),
    "long_history": SMALL.replace("branch:16:3:4:3", "branch:64:31:3:1"),
    "one_way": "direct/l1i:512:1:64:lru/l1d:1024:1:64:random/l2:2048:1:64:lru/itlb:4:1:lru/dtlb:8:1:random"
    "/stlb:16:1:lru/walk:4/branch:8:2:2:2",
    "one_set": "full/l1i:768:12:64:random/l1d:1536:24:64:lru/l2:3200:50:64:random/itlb:7:7:random"
    "/dtlb:5:5:lru/stlb:13:13:random/walk:3/branch:32:5:5:5",
    "u74": "u74/l1i:32768:4:64:random/l1d:32768:8:64:random/l2:2097152:16:64:random/itlb:40:40:lru"
    "/dtlb:40:40:lru/stlb:512:1:lru/walk:8/branch:16384:8:16:12",
}
FRAMES = 48
HARTS = 3


def random_stream(seed: int, length: int) -> Iterator[str]:
    """All kinds of lines, near each other enough for hits, and with pages of all sizes."""
    random = Random(seed)

    def line() -> int:
        return min(random.randrange(400), random.randrange(400))

    def page() -> str:
        shift = random.choice((12, 12, 12, 21, 30))
        number = min(random.randrange(40), random.randrange(40))
        # Of the kernel's half, and where two levels of tables are shared with others or none is.
        address = random.choice((0, 1 << 30, 5 << 35, -1 << 38)) + (number << shift)
        frame = number + random.randrange(20) // 19  # at times another one
        return f"{address % 2**64} {frame << shift} {shift}"

    def jump() -> int:
        return 4096 + 2 * random.randrange(12)

    for _ in range(length):
        who = f"{random.randrange(HARTS)} {random.randrange(3)}"
        kind = random.randrange(1000)
        if kind < 200:
            yield f"fetch {who} {line()}"
        elif kind < 500:
            yield f"data {who} {line()} {random.randrange(2)}"
        elif kind < 700:
            yield f"translate {who} {page()} {random.randrange(2)}"
        elif kind < 800:
            yield f"branch {who} {jump()} {random.randrange(4) // 3}"
        elif kind < 860:
            yield f"call {who} {jump()}"
        elif kind < 920:
            yield f"return {who} {jump()}"
        elif kind < 980:
            yield f"indirect {who} {jump()} {jump()}"
        elif kind < 990:
            yield f"drop {who} {page()}"
        else:
            yield f"{random.choice(('flush', 'fence_i'))} {who}"


@pytest.mark.parametrize("name", GEOMETRIES)
def test_both_implementations_count_the_same(name: str) -> None:
    for seed in range(3):
        stream = list(random_stream(seed, 8000))
        found = replayed([GEOMETRIES[name]], stream)
        assert found == replay([GEOMETRIES[name]], stream)
        events = {event for _, _, _, event in found}
        assert len(events) == len(EVENTS) or name == "u74"  # whose caches are never full


def test_cores_do_not_disturb_each_other() -> None:
    stream = list(random_stream(7, 4000))
    four = list(GEOMETRIES.values())[:4]
    together = replayed(four, stream)
    for index, geometry in enumerate(four):
        alone = replayed([geometry], stream)
        assert {(h, m, 0, e): n for (h, m, i, e), n in together.items() if i == index} == alone


# Streams whose misses are known by arithmetic. One hart, user mode, and a geometry of round numbers.

KNOWN = (
    "known/l1i:4096:4:64:lru/l1d:4096:4:64:lru/l2:16384:4:64:lru/itlb:8:8:lru/dtlb:16:16:lru"
    "/stlb:64:4:lru/walk:8/branch:64:2:8:4"
)
L1_LINES, L1_SETS, L2_LINES, TLB_PAGES = 64, 16, 256, 16


def count(stream: list[str], event: str, geometry: str = KNOWN) -> int:
    found = replayed([geometry], stream)
    assert {(hart, mode) for hart, mode, _, _ in found} <= {(0, 0)}
    return found.get((0, 0, 0, event), 0)


def walk_over(lines: int, rounds: int, stride: int = 1, store: int = 0) -> list[str]:
    """Loads of so many lines in a circle."""
    return [f"data 0 0 {line * stride} {store}" for _ in range(rounds) for line in range(lines)]


def pages_of(pages: int, rounds: int, fetch: int = 0, shift: int = 12) -> list[str]:
    numbers = [page << shift for _ in range(rounds) for page in range(pages)]
    return [f"translate 0 0 {number} {number} {shift} {fetch}" for number in numbers]


def circle_misses(entries: int, ways: int, sets: int, rounds: int) -> int:
    """Of so many consecutive numbers in a circle, under LRU: a set that holds its share misses it
    once, and any other misses always."""
    shares = [len(range(first, entries, sets)) for first in range(sets)]
    return sum(share * (1 if share <= ways else rounds) for share in shares)


@pytest.mark.parametrize("lines", [1, 32, 63, 64, 65, 72, 80, 81, 128])
def test_circles_around_the_first_cache(lines: int) -> None:
    stream = walk_over(lines, rounds=5)
    assert count(stream, "l1d_misses") == circle_misses(lines, 4, L1_SETS, 5)
    assert count(stream, "l2_misses") == lines
    assert count([line.replace("data", "fetch") for line in stream], "l1i_misses") == (
        circle_misses(lines, 4, L1_SETS, 5)
    )


@pytest.mark.parametrize("lines", [128, 255, 256, 257, 320, 400])
def test_circles_around_the_second_cache(lines: int) -> None:
    stream = walk_over(lines, rounds=4)
    assert count(stream, "l1d_misses") == lines * 4
    assert count(stream, "l2_misses") == circle_misses(lines, 4, L2_LINES // 4, 4)


@pytest.mark.parametrize("stride", [1, 2, 4, 8, 16, 32])
def test_strides_use_fewer_sets(stride: int) -> None:
    """A stride of s leaves L1_SETS / s sets, so that so many fewer lines have a place."""
    fit = L1_LINES // min(stride, L1_SETS)
    assert count(walk_over(fit, 10, stride), "l1d_misses") == fit
    sets = L1_SETS // min(stride, L1_SETS)
    assert count(walk_over(fit + 1, 10, stride), "l1d_misses") == circle_misses(
        fit + 1, 4, sets, 10
    )


@pytest.mark.parametrize("ways", [1, 2, 8, 64])
def test_conflicts_of_one_set(ways: int) -> None:
    geometry = KNOWN.replace("l1d:4096:4", f"l1d:4096:{ways}")
    stride = L1_LINES // ways  # the same set again
    assert count(walk_over(ways, 20, stride), "l1d_misses", geometry) == ways
    assert count(walk_over(ways + 1, 20, stride), "l1d_misses", geometry) == (ways + 1) * 20


def test_a_random_victim_spares_some() -> None:
    """One line too many for a set: LRU misses all, random replacement some. Of 5 lines in 4 ways, one is
    always missing; when it is put in, one of 4 goes, and it is the next one in 1 of 4 cases, else the
    mean wait is longer."""
    stream = walk_over(5, 4000, L1_SETS)
    geometry = KNOWN.replace("l1d:4096:4:64:lru", "l1d:4096:4:64:random")
    # The victim is the line 1, 2, 3 or 4 steps ahead, by chance: 2.5 accesses to a miss.
    assert count(stream, "l1d_misses", geometry) == pytest.approx(5 * 4000 / 2.5, rel=0.02)


def test_write_backs() -> None:
    """Each round of stores throws all changed lines of the round before out of the first cache."""
    twice = 2 * L1_LINES
    stream = walk_over(twice, rounds=3, store=1)
    assert count(stream, "l1_writebacks") == twice * 3 - L1_LINES  # those of the end are in it
    assert count(stream, "l2_writebacks") == 0  # all fit there
    clean = walk_over(twice, rounds=3)
    assert count(clean, "l1_writebacks") == 0
    # Changed once, then loaded: it goes out changed once.
    once = walk_over(twice, 1, store=1) + clean
    assert count(once, "l1_writebacks") == twice
    # Too many for the second: all that was changed goes to memory but what is left there.
    large = 2 * L2_LINES
    stream = walk_over(large, 1, store=1) + walk_over(large, 1)
    assert count(stream, "l1_writebacks") == large
    assert count(stream, "l2_writebacks") == large


def test_streams() -> None:
    """A miss in the line behind one of the last eight that missed, but never the first one of a page."""
    assert count(walk_over(200, 1), "l1_streamed") == 200 - 4  # 200 lines are on 4 pages
    assert count(walk_over(200, 2), "l2_streamed") == 196
    assert count(walk_over(200, 1, stride=2), "l1_streamed") == 0
    for together, streamed in ((2, 40), (8, 160), (9, 0)):
        starts = [
            f"data 0 0 {1024 * way + line} 0" for line in range(21) for way in range(together)
        ]
        assert count(starts, "l1_streamed") == streamed
    # Among others that go nowhere.
    stream = [f"data 0 0 {line} 0" for n in range(40) for line in (n + 64, 1000 + 5 * n)]
    assert count(stream, "l1_streamed") == 39


def test_text_and_data_share_the_second_cache() -> None:
    stream = walk_over(100, 1)
    assert count(stream + [f"fetch 0 0 {line}" for line in range(100)], "l2_misses") == 100


@pytest.mark.parametrize("pages", [1, 15, 16, 17, 63, 64, 65, 80, 81, 200])
def test_more_pages_than_a_tlb_has(pages: int) -> None:
    stream = pages_of(pages, rounds=6)
    first = circle_misses(pages, TLB_PAGES, 1, 6)
    second = circle_misses(pages, 4, 16, 6) if pages > TLB_PAGES else pages
    assert count(stream, "dtlb_misses") == first
    assert count(stream, "stlb_misses") == second
    # The tables of 200 pages, one above the other, are read once; then a walk reads the leaf.
    assert count(stream, "walk_steps") == second + 2
    without = KNOWN.replace("walk:8", "walk:0")
    assert count(stream, "walk_steps", without) == 3 * second
    single = KNOWN.replace("/stlb:64:4:lru", "")
    assert count(stream, "stlb_misses", single) == count(stream, "dtlb_misses", single) == first
    fetched = pages_of(pages, rounds=6, fetch=1)
    assert count(fetched, "itlb_misses") == circle_misses(pages, 8, 1, 6)


@pytest.mark.parametrize("shift, levels", [(12, 3), (21, 2), (30, 1)])
def test_large_pages_have_short_walks(shift: int, levels: int) -> None:
    """Each page once, all in the same table but those of 1 GiB, which have no table above the root."""
    stream = pages_of(5, 1, shift=shift)
    assert count(stream, "walk_steps") == 5 + levels - 1
    without = KNOWN.replace("walk:8", "walk:0")
    assert count(stream, "walk_steps", without) == 5 * levels


def test_each_new_table_costs_a_step() -> None:
    """Pages 2 MiB apart: each has another last table, 512 of them another one above that."""
    stream = [f"translate 0 0 {n << 21} {n << 12} 12 0" for n in range(1024)]
    assert count(stream, "walk_steps") == 1024 * 2 + 2


def test_flushes_and_faults_empty_what_they_say() -> None:
    pages, lines = pages_of(4, 1), walk_over(4, 1)
    assert count([*pages, "flush 0 0", *pages], "dtlb_misses") == 8
    assert count([*pages, "flush 0 0", *pages], "walk_steps") == 2 * (4 + 2)
    assert count([*pages, "flush 1 0", *pages], "dtlb_misses") == 4  # of another hart
    assert count([*lines, "flush 0 0", *lines], "l1d_misses") == 4
    assert count([*pages, "drop 0 0 8192 8192 12", *pages], "stlb_misses") == 5
    assert count([*pages, "drop 0 0 8192 4096 12", *pages], "stlb_misses") == 4  # another frame
    text = ["fetch 0 0 1", "fetch 0 0 2"]
    assert count([*text, "fence_i 0 0", *text], "l1i_misses") == 4
    assert count([*text, "fence_i 0 0", *text], "l2_misses") == 2
    assert count([*lines, "fence_i 0 0", *lines], "l1d_misses") == 4


def test_a_page_in_another_frame_misses() -> None:
    there, elsewhere = "translate 0 0 4096 8192 12 0", "translate 0 0 4096 12288 12 0"
    assert count([there, there, elsewhere, elsewhere, there], "dtlb_misses") == 2


@pytest.mark.parametrize("period", [1, 2, 3])
def test_counters_learn_a_loop_within_their_history(period: int) -> None:
    """Taken but each period-th time; 2 bits of history tell where a loop of up to 3 rounds is. A counter
    that is to say "taken" begins at 0 and is wrong twice, in each history that occurs."""
    rounds = 300
    stream = [f"branch 0 0 64 {int(n % period != period - 1)}" for n in range(rounds)]
    assert count(stream, "mispredicts") <= 8
    assert count(stream * 2, "mispredicts") == count(stream, "mispredicts")


def test_branches_by_arithmetic() -> None:
    plain = KNOWN.replace("branch:64:2", "branch:64:0")
    always = ["branch 0 0 64 1"] * 50
    assert count(always, "mispredicts", plain) == 2
    assert count(["branch 0 0 64 0"] * 50, "mispredicts", plain) == 0
    # From 3 down: "taken" is said twice more.
    assert count(always + ["branch 0 0 64 0"] * 50, "mispredicts", plain) == 4
    # In turns, from 0: 0, 1, 0, ... each "taken" is wrong.
    assert count(["branch 0 0 64 1", "branch 0 0 64 0"] * 50, "mispredicts", plain) == 50
    # 64 counters, by halves of words: the same one again 128 bytes further.
    assert count([*always, "branch 0 0 192 1"], "mispredicts", plain) == 2
    assert count([*always, "branch 0 0 190 1"], "mispredicts", plain) == 3


def test_returns_by_arithmetic() -> None:
    def nested(depth: int) -> list[str]:
        calls = [f"call 0 0 {100 + level}" for level in range(depth)]
        return calls + [f"return 0 0 {100 + level}" for level in reversed(range(depth))]

    for depth in (1, 4, 5, 9):
        assert count(nested(depth) * 3, "mispredicts") == 3 * max(0, depth - 4)
    assert count(["return 0 0 100"] * 3, "mispredicts") == 3
    assert count(["call 0 0 100", "return 0 0 102"], "mispredicts") == 1


def test_indirect_jumps_by_arithmetic() -> None:
    same = ["indirect 0 0 64 4096"] * 20
    assert count(same, "mispredicts") == 1
    turns = ["indirect 0 0 64 4096", "indirect 0 0 64 8192"] * 20
    assert count(turns, "mispredicts") == 40
    # Eight targets: 16 bytes further on is the same one, 2 bytes further another.
    assert count(["indirect 0 0 64 4096", "indirect 0 0 80 8192"] * 20, "mispredicts") == 40
    assert count(["indirect 0 0 64 4096", "indirect 0 0 66 8192"] * 20, "mispredicts") == 2
