"""What a mutation is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Edit:
    """Replaces the one occurrence of a text in a file."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutation:
    """One bug."""

    name: str
    what: str
    edits: tuple[Edit, ...]
    variant: str = "cow-reuse"
    harts: int = 1
    processes: int = 64
    debug: bool = False
    lazy: bool = False  # a kernel with LAZY=1
    row: int = 0  # of the list of known bugs; 0: another one
    tests: str = "*"  # the guest tests that are tried, as the runner's argument test=
    stores: bool = False  # tests/variants/test_stores.py sees it, and no machine needs to boot
    disk: bool = False  # tests/kernel/test_fs.py sees it, and no machine needs to boot
    host: str = ""  # these tests see it, as pytest names them, without a kernel
    system: str = (
        ""  # these tests see it, as pytest names them, in a machine with the system's disk
    )
    power_cuts: int = 0  # so many power cuts see it
    seed: int | None = None  # the schedule of this seed sees it, in the one test of `tests`


def broken(name: str, what: str, file: str, old: str, new: str, **others: Any) -> Mutation:
    """A bug in one place; the others are fields of Mutation."""
    return Mutation(name, what, (Edit(file, old, new),), **others)
