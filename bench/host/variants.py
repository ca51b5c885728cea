"""Which variants there are."""

from __future__ import annotations

from pathlib import Path

from bench.host.errors import BenchError

BASELINE = "eager"  # what all others are compared with


def ordered(names: set[str] | list[str]) -> list[str]:
    """The order of every table and plot: the baseline, then the rest by name."""
    return sorted(names, key=lambda name: (name != BASELINE, name))


def all_variants(root: Path) -> list[str]:
    """A variant is a folder of variants/ with a variant.h."""
    return ordered([path.parent.name for path in root.glob("variants/*/variant.h")])


def check_variant(root: Path, name: str) -> None:
    known = all_variants(root)
    if name not in known:
        names = ", ".join(known) or "none"
        raise BenchError(f"there is no variant {name!r} in variants/; those that exist: {names}")
