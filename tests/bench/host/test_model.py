"""The cost models: their formulas by hand, and that they predict from small what holds for large."""

from __future__ import annotations

import pytest

from bench.host.analysis import model
from bench.host.analysis.study import Study
from bench.host.measured import Results
from tests.bench.host.support import a_result


def study(*results: Results) -> Study:
    return Study({result.variant: result for result in results})


@pytest.mark.parametrize(
    "shared, frames", [(0, 0), (1, 2), (320, 2), (321, 3), (1029, 5), (4101, 17), (16389, 65)]
)
def test_hash_table_has_room_for_five_eighths(shared: int, frames: int) -> None:
    assert model.table_frames(shared) == frames


def test_copies_of_a_snapshot_are_between_none_and_all() -> None:
    assert model.snapshot_copies(16, 0) == 0
    assert model.snapshot_copies(16, 1) == pytest.approx(1)  # one update writes one page
    assert 15.9 < model.snapshot_copies(16, 10_000) <= 16
    few, many = model.snapshot_copies(1024, 1000), model.snapshot_copies(1024, 10_000)
    assert 100 < few < 1000 and few < many < 1024


def forks(variant: str, page: int) -> Results:
    """F = 500, t = 100; T of two tables more than leaf tables."""
    sizes = {0: 1, 256: 1, 1024: 3, 4096: 9}
    times = {f"fork/pages:{p}": 500 + 100 * leaves + page * (p + 5) for p, leaves in sizes.items()}
    values = {f"fork/pages:{p}": {"resident_pages": p + 5, "pages_shared": p} for p in sizes}
    times |= {f"memory/pages:{p}": 0 for p in sizes}
    values |= {f"memory/pages:{p}": {"table_frames": leaves + 2} for p, leaves in sizes.items()}
    times["write_copy/pages:4096"] = 1320
    return a_result(variant, times, values)


def test_parts_of_a_fork_are_found_from_the_smallest_sizes() -> None:
    found = model.fork(study(forks("cow-array", 20)), "cow-array")
    assert found is not None
    assert (found.fixed, found.per_table, found.per_page) == pytest.approx((500, 100, 20))
    assert [p.what for p in found.predictions] == ["fork/pages:4096"]
    assert found.predictions[0].error == pytest.approx(0)


def test_break_even_is_what_a_page_saves_over_what_a_fault_costs() -> None:
    both = study(forks("eager", 1100), forks("cow-array", 20))
    assert model.break_even(both, "cow-array", 4096) == pytest.approx(100 * 1080 / 1320)
    assert model.break_even(study(forks("cow-array", 20)), "cow-array", 4096) is None


def test_too_few_sizes_give_no_model() -> None:
    few = a_result("eager", {"fork/pages:0": 1, "fork/pages:256": 2})
    assert model.fork(study(few), "eager") is None


def test_asking_pays_from_its_price_over_all_that_it_can_save() -> None:
    times = {
        "cow-array": {"write_copy/pages:4096": 1300, "write_last/pages:4096": 1320},
        "cow-reuse": {"write_copy/pages:4096": 1322, "write_last/pages:4096": 222},
    }
    parts = model.faults(study(*(a_result(name, each) for name, each in times.items())))
    assert parts is not None
    assert (parts.question, parts.giving_back, parts.saved) == (22, 20, 1098)
    assert parts.pays_from == pytest.approx(100 * 22 / (22 + 1098))
