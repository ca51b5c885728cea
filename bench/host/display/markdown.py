"""Tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.host.text import number


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], align: str = "lr") -> str:
    """`align` says l or r of each column, the last one of all that follow."""
    sides = align.ljust(len(heads), align[-1])
    rule = "|" + "".join("--:|" if side == "r" else "---|" for side in sides)
    head, *body = ["| " + " | ".join(map(_cell, row)) + " |" for row in (heads, *rows)]
    return "\n".join([head.replace("|  |", "| |"), rule, *body])


def _cell(value: object) -> str:
    return number(value) if value is None or isinstance(value, (int, float)) else str(value)
