"""How QEMU is told of a plugin: bench/probe, bench/turns."""

from __future__ import annotations

from pathlib import Path


def options(plugin: Path, *words: str) -> tuple[str, ...]:
    """Options of QEMU, for a plugin with these arguments; in their values a comma is doubled."""
    return "-plugin", ",".join(word.replace(",", ",,") for word in (f"file={plugin}", *words))
