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


def factor(ratio: float) -> str:
    """Of something that is counted: "41× fewer", "2.5 % more"."""
    more = ratio > 1
    times = ratio if more else 1 / ratio
    words = "more" if more else "fewer"
    if times < 1.1:
        percent = 100 * abs(ratio - 1)
        return f"{percent:.2g} % {words}"
    digits = 2 if times < 10 else 1 if times < 100 else 0
    return f"{times:,.{digits}f}× {words}"


def ratio(value: float | None, base: float | None) -> str:
    """How a cost compares with the baseline's, in words; about instructions, not about time."""
    if value is None or base is None or value <= 0 or base <= 0:
        return "–"
    if 0.995 < base / value < 1.005:
        return "same"
    return factor(value / base)


def printable(line: str) -> str:
    """A console line without what would disturb a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
