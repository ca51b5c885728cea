"""Tables of results on terminals of several widths: what has no room is left out, and nothing is cut off."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from bench.host.analysis import budget
from bench.host.analysis.comparison import Side, compare
from bench.host.benchmarks import load
from bench.host.display import comparison, tables
from bench.host.measured import Results
from bench.host.running.machine import ROOT
from bench.host.stored.collection import load_alike
from bench.host.text import number, ratio

WIDTHS = (80, 100, 120, 180)


@pytest.fixture(scope="module")
def results() -> dict[str, Results]:
    return load_alike(ROOT / "results")[0]


def drawn(width: int, *several: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False, markup=False).print(*several)
    return out.getvalue()


def fork_of(other: Results, base: Results) -> list[str]:
    """What a table says of a fork of the usual heap."""
    ours, theirs = (each.time("fork/pages:4096") for each in (other, base))
    return [number(ours), ratio(ours, theirs)]


@pytest.mark.parametrize("width", WIDTHS)
def test_all_numbers_are_whole(results: dict[str, Results], width: int) -> None:
    eager, other = results["eager"], results["cow-hash"]
    text = drawn(width, tables.report(other, eager, width))
    text += drawn(width, tables.budgets(budget.rows(results, load(ROOT)), width))
    assert "…" not in text and max(map(len, text.splitlines())) <= width
    for word in (*fork_of(other, eager), "instructions_update_during", "frames_shared_saved"):
        assert word in text
    assert text.count("instructions per byte") == 8  # of the budgets


def test_a_wide_terminal_shows_more(results: dict[str, Results]) -> None:
    headings = {
        width: drawn(width, tables.times(results["eager"], None, width)).splitlines()[2].split()
        for width in WIDTHS
    }
    assert headings[80] == ["benchmark", "per", "median"]
    assert headings[100] == ["benchmark", "per", "median", "min", "max"]
    assert headings[180][-4:] == ["copied", "reused", "least", "free"]
    assert len(headings[100]) <= len(headings[120]) < len(headings[180])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("labels", ((), ("results/eager.json", "results/cow-hash.json")))
def test_all_comparisons_are_whole(
    results: dict[str, Results], labels: tuple[str, ...], width: int
) -> None:
    base = Side(labels[0] if labels else "eager", results["eager"])
    other = Side(labels[1] if labels else "cow-hash", results["cow-hash"])
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False)
    comparison.show(console, compare(base, [other]))
    assert "…" not in out.getvalue()
    assert all(word in out.getvalue() for word in fork_of(other.results, base.results))
