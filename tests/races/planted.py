"""Kernels with a planted race (tests/mutations/race_mutations.py), made of the objects that the race leaves as
they are."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.host.running.machine import BUILD, ROOT
from tests.mutations.mutation import Mutation
from tests.mutations.run import NOT_COPIED, apply, make
from tests.races.schedule import RaceMachine
from tools.make import kernel


def plant(mutation: Mutation, root: Path) -> RaceMachine:
    """In a folder that does not exist yet, from what is built here."""
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    name = RaceMachine(mutation.variant).kernel.parent.name
    shutil.copytree(BUILD / name, root / "build" / name)
    shutil.copy(BUILD / "tests.img", root / "build")
    apply(mutation, root)
    make(root, kernel(mutation.variant, debug=True))
    return RaceMachine(mutation.variant, mutation.harts, root / "build")
