"""The mutations of tests/mutations still fit the sources. What they prove, `make mutants` shows."""

from __future__ import annotations

import pytest

from bench.host.running.machine import ROOT
from tests.mutations.mutation import Mutation
from tests.mutations.mutations import MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[m.name for m in MUTATIONS])
def test_mutation_fits_the_sources(mutation: Mutation) -> None:
    texts: dict[str, str] = {}
    for edit in mutation.edits:
        text = texts.setdefault(edit.file, (ROOT / edit.file).read_text())
        assert text.count(edit.old) == 1, f"{edit.file}: {edit.old}"
        assert edit.new != edit.old
        texts[edit.file] = text.replace(edit.old, edit.new)


def test_each_row_has_a_mutation() -> None:
    """Rows 1 to 20 of the list of known bugs."""
    assert {mutation.row for mutation in MUTATIONS} >= set(range(1, 21))
