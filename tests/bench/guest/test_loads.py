"""snapshot, prefork, forkserver, capacity on real machines. What they draw is drawn again here, so
that it is known how many pages each of them must have copied."""

from __future__ import annotations

from functools import cache

import pytest
import scipy.stats

from bench.host.errors import BenchError
from bench.host.measured import Benchmark
from tests.bench.guest.benchmark_machine import (
    VARIANTS,
    benchmarks_of,
    counters_of,
    peak_of,
    reuses,
    shares,
    text_of,
    time_of,
)
from tests.bench.guest.draws import Random, Zipf
from tests.guest.guest_machine import any_variant

COPY = range(1_024, 1_600)  # instructions of a fault that copies

# A store, and updates while the saver is there. As in snapshot.c:
PAGES = 1024
UPDATES = 2000
RECORDS_IN_PAGE = 4
TURNS = 10
UPDATES_APART = 10_000
STACK_AND_DATA = 3  # pages that parent and saver copy beside the store

# As in prefork.c and forkserver.c:
DATA_PAGES = 1024
REQUESTS = 64
READ_PAGES = 16
WRITTEN_PAGES = 4
CASES = 8

# As in capacity.c:
PAGES_WRITTEN_BY_CHILD = 16


# Zipf's law.


@pytest.mark.parametrize("count", [1, 2, 3, 10, 1000, 4096, 16384, 65537])
def test_the_columns_have_the_probabilities_of_the_formula(count: int) -> None:
    harmonic = sum(1 / rank for rank in range(1, count + 1))
    expected = [1 / rank / harmonic for rank in range(1, count + 1)]
    assert Zipf(count).probabilities() == pytest.approx(expected, rel=2**-24)


def test_draws_follow_the_formula() -> None:
    count, draws = 4096, 1_000_000
    harmonic = sum(1 / rank for rank in range(1, count + 1))
    expected = [draws / rank / harmonic for rank in range(1, count + 1)]
    seen = Zipf(count).count_draws(Random(0), draws)
    assert scipy.stats.chisquare(seen, expected).pvalue > 0.01
    # The test is not blind: YCSB's exponent of 0.99 would be seen.
    other = [1 / rank**0.99 for rank in range(1, count + 1)]
    scaled = [draws * weight / sum(other) for weight in other]
    assert scipy.stats.chisquare(seen, scaled).pvalue < 1e-9


def test_random_numbers_are_those_of_splitmix64() -> None:
    """The first ones for the seed 1234567, as other programs have them."""
    random = Random(1234567)
    assert [random.next() for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


# snapshot.


@cache
def pages_updated(pages: int, updates: int) -> tuple[int, ...]:
    """How many pages of the store are written to while the saver is there, up to each turn."""
    records = pages * RECORDS_IN_PAGE
    zipf, random = Zipf(records), Random(0)
    for _ in range(UPDATES_APART):
        random.next()
    written: set[int] = set()
    up_to = []
    for turn in range(TURNS):
        for _ in range(updates * (turn + 1) // TURNS - updates * turn // TURNS):
            rank = zipf.draw(random.next())
            written.add(rank * 2654435761 % records // RECORDS_IN_PAGE)
        up_to.append(len(written))
    return tuple(up_to)


@cache
def snapshot(
    variant: str, pages: int = PAGES, updates: int = UPDATES, lazy: bool = False
) -> Benchmark:
    sizes = {"pages": str(pages), "updates": str(updates)}
    (benchmark,) = benchmarks_of(variant, "snapshot", lazy=lazy, **sizes).values()
    return benchmark


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_page_is_copied_by_its_first_update(variant: str, lazy: bool) -> None:
    expected = pages_updated(PAGES, UPDATES) if shares(variant) else (0,) * TURNS
    for sample in snapshot(variant, lazy=lazy).samples:
        values, counters = sample.values, sample.counters
        assert values["pages_copied_parent"] == expected[-1]
        frames = [values[f"frames_{turn}"] for turn in range(TURNS)]
        # Between the first two, the saver's first copy takes the frame that its fork has set aside.
        aside = [0] + [shares(variant)] * (TURNS - 1)
        more = [n - expected[0] - less for n, less in zip(expected, aside)]
        assert [frame - frames[0] for frame in frames] == more
        assert values["frames_peak"] == frames[-1]
        # The kernel's own count has the processes' stack and data, too.
        assert counters["faults_copy"] - expected[-1] in range(STACK_AND_DATA + 1)
        assert counters["forks"] == counters["exits"] == 1
        assert counters["ticks"] == 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_pause_is_that_of_a_fork(variant: str) -> None:
    columns = PAGES * RECORDS_IN_PAGE * 8 // 4096
    fork = benchmarks_of(variant, "fork", pages=str(PAGES + columns))[f"pages:{PAGES + columns}"]
    pause = snapshot(variant).samples[-1].values["instructions_pause"]
    # The hash table grows in steps that depend on what was there before.
    assert pause == pytest.approx(time_of(fork), rel=0.5 if variant == "cow-hash" else 0.03)


@pytest.mark.parametrize("variant", VARIANTS)
def test_updates_pay_for_the_copies(variant: str) -> None:
    values = snapshot(variant).samples[-1].values
    before, during, after = (
        values[f"instructions_update_{when}"] for when in ("before", "during", "after")
    )
    copies = pages_updated(PAGES, UPDATES)[-1]
    if not shares(variant):
        assert before == during == after
        return
    assert (during - before) * UPDATES / copies == pytest.approx(1_312, abs=150)
    # Pages that were not updated while the saver was there are updated now.
    later = pages_updated(PAGES, UPDATES + UPDATES_APART)[-1] - copies
    a_fault = (after - before) * UPDATES_APART / later
    assert a_fault == pytest.approx(163 if reuses(variant) else 1_349, abs=40)


@pytest.mark.parametrize("variant", VARIANTS)
def test_many_updates_copy_the_whole_store(variant: str) -> None:
    copied = snapshot(variant, 64, 50_000).samples[0].values["pages_copied_parent"]
    assert copied == (64 if shares(variant) else 0)


# prefork.


def pages_written_by_workers(workers: int) -> int:
    total = 0
    for seed in range(workers):
        random = Random(seed)
        written = set()
        for _ in range(REQUESTS):
            for _ in range(READ_PAGES):
                random.below(DATA_PAGES)
            written.add(random.below(DATA_PAGES))
        total += len(written)
    return total


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_workers_copy_what_they_write(variant: str, lazy: bool) -> None:
    found = benchmarks_of(variant, "prefork", workers="1,5", lazy=lazy)
    for workers in (1, 5):
        written = pages_written_by_workers(workers)
        copies = written if shares(variant) else 0
        for sample in found[f"workers:{workers}"].samples:
            values, counters = sample.values, sample.counters
            # The last writer of a page that all others have copied: none with so few workers.
            assert counters["faults_copy"] - copies in range(workers + 1)
            assert counters["ticks"] == 0 and counters["switches"] == workers + 1
            more = (values["frames_per_worker"] - values["frames_per_worker_started"]) * workers
            assert abs(more - copies) <= 2 * workers
            if shares(variant):
                assert values["frames_per_worker_started"] < 16
                saved = DATA_PAGES - values["frames_per_worker"]
                assert abs(values["frames_shared_saved"] - saved * workers) <= workers
            else:
                assert values["frames_per_worker"] in range(DATA_PAGES, DATA_PAGES + 24)
                assert values["frames_shared_saved"] == 0


# forkserver.


def pages_written_by_cases(pages: int) -> int:
    total = 0
    for seed in range(1, CASES + 1):
        random = Random(seed)
        for _ in range(READ_PAGES):
            random.below(pages)
        total += len({random.below(pages) for _ in range(WRITTEN_PAGES)})
    return total


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_cases_copy_what_they_write(variant: str, lazy: bool) -> None:
    found = benchmarks_of(variant, "forkserver", pages="3,256", lazy=lazy)
    for pages in (3, 256):
        benchmark = found[f"pages:{pages}"]
        counters = counters_of(benchmark)
        assert counters["forks"] == counters["exits"] == CASES
        assert counters["ticks"] == 0 and counters["switches"] == 2 * CASES
        # One page more for each case: the harness's stack.
        copies = pages_written_by_cases(pages) + CASES
        assert counters["faults_copy"] == (copies if shares(variant) else 0)
        if shares(variant):
            assert peak_of(benchmark) < 16
        else:
            assert peak_of(benchmark) in range(pages, pages + 16)


# capacity.


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_children_that_fit_and_children_that_can_write(variant: str, lazy: bool) -> None:
    pages = 16384 if shares(variant) else 1024
    found = benchmarks_of(variant, "capacity", pages=str(pages), repeat=1, lazy=lazy)
    benchmark = found[f"pages:{pages}"]
    values, counters = benchmark.samples[0].values, counters_of(benchmark)
    children, each = values["children"], values["frames_per_child"]
    used = values["frames_before"] - values["frames_left"]
    assert children > 10 and used // children == each
    # One more does not fit.
    assert values["frames_left"] < each
    assert values["children_served"] + values["children_killed"] == children
    assert counters["faults_killed"] == values["children_killed"]
    assert counters["forks"] == children
    assert counters["exits"] == children + 1  # the parent ends, too
    if shares(variant):
        # What the last of the killed ones gave back may have served nobody.
        fit = values["frames_before"] // (each + PAGES_WRITTEN_BY_CHILD)
        least = fit - each // PAGES_WRITTEN_BY_CHILD - 1
        assert values["children_served"] in range(least, fit + 2)
        assert values["children_killed"] > 0
    else:
        assert values["children_killed"] == 0


@pytest.mark.needs("eager")
def test_a_copy_of_half_the_machine_does_not_fit() -> None:
    found = benchmarks_of("eager", "capacity", pages="16384")["pages:16384"]
    values = found.samples[0].values
    assert values["children"] == 0
    assert values["frames_left"] == values["frames_before"]


@pytest.mark.parametrize("variant", ["cow-array", "cow-reuse"])
def test_with_no_frame_left_the_parent_can_still_write(variant: str) -> None:
    """After a fork that fails, the parent writes to a page that it shares: the frame for that has
    been set aside."""

    def values_at(pages: int) -> dict[str, int]:
        found = benchmarks_of(variant, "capacity", pages=str(pages), repeat=1)
        return found[f"pages:{pages}"].samples[0].values

    few = values_at(16_000)
    more = min(few["frames_left"] - 1, 1_000)  # each page is one frame less
    least = values_at(16_000 + more)
    assert least["frames_before"] == few["frames_before"] - more
    assert least["frames_left"] == few["frames_left"] - more
    assert least["children"] == few["children"]


def test_a_parent_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BenchError, match="17501 fits no benchmark .* from 1 to 17500"):
        benchmarks_of(any_variant(), "capacity", pages="17501")


# All of them.


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        ("snapshot", {"pages": "64", "updates": "1000"}),
        ("prefork", {"workers": "3"}),
        ("forkserver", {"pages": "64"}),
        ("capacity", {"pages": "16384"}),
    ],
)
def test_two_runs_give_the_same_csv(family: str, parameters: dict[str, str]) -> None:
    """With the hash table, where places of frames show, if it is among the variants."""
    variant = "cow-hash" if "cow-hash" in VARIANTS else any_variant()
    first = text_of(variant, family, **parameters)
    assert first.count("\n") > 20  # context, name, columns, rows
    assert text_of(variant, family, **parameters) == first
