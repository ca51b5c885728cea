"""The lists of the tiers name tests that exist."""

from __future__ import annotations

import pytest

from bench.host.running.machine import ROOT
from tests.support.tiers import CHECK, UNITS, VARIANT


@pytest.mark.parametrize("entry", sorted({*UNITS, *CHECK, *VARIANT}))
def test_entry_is_there(entry: str) -> None:
    path, _, name = entry.partition("::")
    assert (ROOT / path).exists()
    function = name.partition("[")[0]
    assert not name or f"def {function}" in (ROOT / path).read_text()
