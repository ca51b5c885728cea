"""The lists of the tiers name tests that exist; a test whose kernel is not built is skipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from bench.host.running.machine import ROOT
from tests.support.tiers import CHECK, UNITS, VARIANT, skip_without


@pytest.mark.parametrize("entry", sorted({*UNITS, *CHECK, *VARIANT}))
def test_entry_is_there(entry: str) -> None:
    path, _, name = entry.partition("::")
    assert (ROOT / path).exists()
    function = name.partition("[")[0]
    assert not name or f"def {function}" in (ROOT / path).read_text()


@dataclass
class Item:
    """What skip_without looks at of a test."""

    nodeid: str = "tests/kernel/test_boot.py::test_x"
    needs: tuple[str, ...] = ()
    parameters: dict[str, object] = field(default_factory=dict)
    skipped: str = ""

    @property
    def callspec(self) -> SimpleNamespace:
        return SimpleNamespace(params=self.parameters)

    def iter_markers(self, name: str) -> Iterator[pytest.Mark]:
        assert name == "needs"
        yield pytest.mark.needs(*self.needs).mark

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.skipped = mark.kwargs["reason"]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Item(), ""),
        (Item(needs=("cow-reuse",)), ""),
        (Item(needs=("cow-reuse", "eager", "cow-hash")), "needs cow-hash and eager"),
        (Item(parameters={"variant": "cow-reuse"}), ""),
        (Item(parameters={"variant": "eager"}), "needs eager"),
        (Item(parameters={"variant": "none", "other": "eager"}), ""),
        (Item("tests/bench/host/test_bench.py::test_x", ("eager",), {"variant": "eager"}), ""),
    ],
)
def test_a_kernel_that_is_not_built_is_not_needed(item: Item, reason: str) -> None:
    skip_without(["cow-reuse"], [item])  # type: ignore[list-item]
    assert item.skipped == reason
