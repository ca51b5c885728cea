"""What curves and bars share: which look a variant has, and how wide the legend is."""

from __future__ import annotations

from collections.abc import Sequence

USUAL = ("eager", "cow-array", "cow-hash", "cow-reuse")  # these keep their look, others follow


def places(variants: Sequence[str]) -> dict[str, int]:
    """A variant keeps its place whichever others are drawn."""
    order = [*USUAL, *(v for v in variants if v not in USUAL)]
    return {variant: order.index(variant) for variant in variants}


def legend_columns(names: Sequence[str]) -> int:
    """As many as fit into a line of the legend, or as make its rows even."""
    fit = max(1, 76 // (max(map(len, names)) + 9))
    return -(-len(names) // -(-len(names) // fit))
