"""How reports write values and comparisons, in any language."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.host.text import ratio


def factor(large: float | None, small: float | None) -> str:
    """How many times the one is the other: a number, and what it is of is for the text to say."""
    if large is None or small is None or small <= 0:
        return "–"
    value = large / small
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def percent(value: float | None) -> str:
    """With as many digits as say something; a value that is not 0 never looks like it."""
    if value is None:
        return "–"
    size = abs(value)
    if 0 < size < 0.0005:
        return "<0.001 %"
    if size == 0 or size >= 99.95:
        digits = 0
    else:
        digits = 1 if size >= 1 else min(3, 1 - math.floor(math.log10(size)))
    return f"{'−' if value < 0 else ''}{size:,.{digits}f} %"


def signed_percent(value: float | None) -> str:
    text = percent(value)
    return "+" + text if value is not None and value > 0 and text[0] != "<" else text


@dataclass(frozen=True)
class Ratio:
    """How a cost stands to that of the baseline. Languages say it in different ways."""

    value: float
    base: float

    @property
    def fewer(self) -> str:
        """Such as "41× fewer"."""
        return ratio(self.value, self.base)

    @property
    def times(self) -> str:
        """How many times the smaller one the larger one is."""
        return factor(max(self.value, self.base), min(self.value, self.base))

    @property
    def factor(self) -> str:
        """How many times the baseline's it is, even if less than once."""
        return factor(self.value, self.base)


def compared(value: float | None, base: float | None) -> Ratio | None:
    return Ratio(value, base) if value and base else None
