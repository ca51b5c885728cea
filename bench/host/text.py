"""Numbers as people read them."""

from __future__ import annotations


def number(value: float | None, digits: int = 0) -> str:
    """With thousands separated; small values with the digits they need."""
    if value is None:
        return "–"
    if float(value).is_integer():
        return f"{value:,.0f}"
    if digits == 0 and abs(value) < 1000:
        digits = 1 if abs(value) >= 100 else 2
    return f"{value:,.{digits}f}"


def ratio(value: float | None, base: float | None) -> str:
    """How a cost compares with the baseline's, in words; about instructions, not about time."""
    if value is None or base is None or value <= 0 or base <= 0:
        return "–"
    factor = base / value
    if 0.995 < factor < 1.005:
        return "same"
    more = factor < 1
    factor = 1 / factor if more else factor
    digits = 2 if factor < 10 else 1 if factor < 100 else 0
    return f"{factor:,.{digits}f}× {'more' if more else 'fewer'}"


def printable(line: str) -> str:
    """A console line without what would disturb a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
