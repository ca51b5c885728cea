"""fork_touch, fork_read, fork_wide, fork_deep on real machines: counters say what they did."""

from __future__ import annotations

import pytest

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
from tests.guest.guest_machine import any_variant

PAGES = 256  # also what a child of fork_wide and fork_deep writes
PERCENT = (0, 1, 10, 50, 100)
TABLES = 3  # of a process as small as these: root, middle and leaf


def by_percent(variant: str, family: str, **options: object) -> dict[int, Benchmark]:
    found = benchmarks_of(
        variant, family, pages=str(PAGES), percent=",".join(map(str, PERCENT)), **options
    )
    assert list(found) == [f"pages:{PAGES}/percent:{percent}" for percent in PERCENT]
    return dict(zip(PERCENT, found.values()))


def no_faults(counters: dict[str, int]) -> bool:
    return not any(value for name, value in counters.items() if name.startswith("faults_"))


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_each_page_that_is_touched_is_copied_and_no_other(variant: str, lazy: bool) -> None:
    found = by_percent(variant, "fork_touch", lazy=lazy)
    for percent, benchmark in found.items():
        touched = PAGES * percent // 100
        for sample in benchmark.samples:
            counters = sample.counters
            assert counters["faults_copy"] == (touched if shares(variant) else 0)
            others = {k: v for k, v in counters.items() if k != "faults_copy"}
            assert no_faults(others)
            # Of the program's other pages none is copied, where they are shared.
            assert counters["pages_copied"] == counters["faults_copy"] or not shares(variant)
            assert counters["forks"] == counters["exits"] == 1
            # The first copy takes the frame that the fork has set aside for it.
            copies = max(0, touched - 1) if shares(variant) else 0
            assert sample.values["frames_peak"] == peak_of(found[0]) + copies


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_time_of_writing_grows_with_the_pages(variant: str) -> None:
    times = {percent: time_of(b) for percent, b in by_percent(variant, "fork_touch").items()}
    a_page = (times[100] - times[0]) / PAGES
    if shares(variant):
        assert 1_024 < a_page < 1_600  # a copy, and what is around it
    else:
        assert times[100] - times[0] in range(4 * PAGES, 4 * PAGES + 8)  # the loop
    # Half the pages are half the way, but for the hash table's runs.
    half = (times[50] - times[0]) / (times[100] - times[0])
    assert half == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_reading_costs_the_loop_and_nothing_else(variant: str, lazy: bool) -> None:
    found = by_percent(variant, "fork_read", lazy=lazy)
    for percent, benchmark in found.items():
        assert no_faults(counters_of(benchmark))
        assert counters_of(benchmark)["pages_copied"] == counters_of(found[0])["pages_copied"]
        assert peak_of(benchmark) == peak_of(found[0])
        loop = 3 * (PAGES * percent // 100)
        assert time_of(benchmark) - time_of(found[0]) - loop in range(4)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_cycle_that_touches_nothing_is_fork_exit(variant: str) -> None:
    cycle = time_of(benchmarks_of(variant, "fork_exit", pages="256")["pages:256"])
    for family in ("fork_touch", "fork_read"):
        nothing = benchmarks_of(variant, family, pages="256", percent="0")
        assert time_of(nothing["pages:256/percent:0"]) == pytest.approx(cycle, rel=0.01)


@pytest.mark.parametrize("variant", VARIANTS)
def test_children_side_by_side_each_copy_all_pages(variant: str) -> None:
    found = benchmarks_of(variant, "fork_wide", children="1,5")
    for children in (1, 5):
        benchmark = found[f"children:{children}"]
        counters, values = counters_of(benchmark), benchmark.samples[-1].values
        # One more fault is the parent's, by the last owner.
        assert counters["faults_copy"] == (
            (children * PAGES + (not reuses(variant))) if shares(variant) else 0
        )
        assert counters["faults_reuse"] == reuses(variant)
        assert counters["forks"] == counters["exits"] == children
        assert counters["ticks"] == 0
        # All are there at once, each with its pages.
        assert values["frames_peak"] >= children * (PAGES + TABLES)
        assert values["instructions_fork"] + values["instructions_write"] < time_of(benchmark)
        writes = values["instructions_write"] / children / PAGES
        assert 1_024 < writes < 1_600 if shares(variant) else writes < 20


@pytest.mark.parametrize("variant", VARIANTS)
def test_more_owners_than_a_byte_counts(variant: str) -> None:
    """And no more work for each than with few; the last owner is known for that."""
    found = benchmarks_of(variant, "fork_wide", children="4,300", repeat=1)
    few, many = found["children:4"], found["children:300"]
    counters = counters_of(many)
    assert counters["forks"] == counters["exits"] == 300
    copies = 300 * PAGES + (not reuses(variant)) if shares(variant) else 0
    assert counters["faults_copy"] == copies
    assert counters["faults_reuse"] == reuses(variant)
    assert time_of(many) / 300 == pytest.approx(time_of(few) / 4, rel=0.03)


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"children": "1001"}, "PARAMS, children: 1001 fits no benchmark .* from 1 to 1000"),
        ({"children": "1000"}, "fork_wide/children:1000 does not fit into memory"),
        ({"children": "60", "memory": "64M"}, "fork_wide/children:60 does not fit into memory"),
    ],
)
def test_too_many_children_are_refused(parameters: dict[str, str], message: str) -> None:
    with pytest.raises(BenchError, match=message):
        benchmarks_of(any_variant(), "fork_wide", **parameters)


@pytest.mark.parametrize(
    "bench, parameters, message",
    [
        # fork_touch needs a page, fork_exit does not.
        ("fork_touch,fork_exit", {"pages": "0"}, 'BENCH: "fork_touch" selects no benchmark'),
        (
            "fork_touch,fork_exit",
            {"pages": "0", "percent": "50"},
            "PARAMS, percent: 50 is used by no benchmark .* for the value of another one",
        ),
        ("metadata", {"pages": "4097"}, "PAGES: 4097 fits no benchmark .* from 1 to 4096"),
    ],
)
def test_a_part_that_selects_nothing_is_refused(
    bench: str, parameters: dict[str, str], message: str
) -> None:
    with pytest.raises(BenchError, match=message):
        benchmarks_of(any_variant(), bench, **parameters)


@pytest.mark.parametrize("variant", VARIANTS)
def test_generations_each_copy_all_pages(variant: str) -> None:
    found = benchmarks_of(variant, "fork_deep", generations="1,3,60", repeat=1)
    for generations in (1, 3, 60):
        benchmark = found[f"generations:{generations}"]
        counters = counters_of(benchmark)
        assert counters["faults_copy"] == (generations * PAGES if shares(variant) else 0)
        assert no_faults({k: v for k, v in counters.items() if k != "faults_copy"})
        assert counters["forks"] == counters["exits"] == generations
        assert counters["switches"] == 2 * generations
        # The last one writes while all the others are there.
        assert peak_of(benchmark) >= generations * (PAGES + TABLES)
    one = time_of(found["generations:1"])
    assert time_of(found["generations:60"]) / 60 == pytest.approx(one, rel=0.03)


@pytest.mark.parametrize("variant", VARIANTS)
def test_two_runs_are_the_same_bytes(variant: str) -> None:
    for family, parameters in (
        ("fork_touch", {"pages": "64", "percent": "10,100"}),
        ("fork_read", {"pages": "64", "percent": "10,100"}),
        ("fork_wide", {"children": "3"}),
        ("fork_deep", {"generations": "3"}),
    ):
        assert text_of(variant, family, **parameters) == text_of(variant, family, **parameters)
