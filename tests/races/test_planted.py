"""Each planted race is found, by the schedule of a known seed: the same on any host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guest.guest_machine import variants_under_test
from tests.mutations.mutation import Mutation
from tests.mutations.race_mutations import RACE_MUTATIONS
from tests.races.planted import plant
from tests.races.schedule import RaceMachine, seeded
from tests.races.server import CopiedMachine

MOST_SEEDS = 1000


@pytest.mark.parametrize("race", RACE_MUTATIONS, ids=[race.name for race in RACE_MUTATIONS])
def test_a_planted_race_is_found(race: Mutation, tmp_path: Path) -> None:
    if race.variant not in variants_under_test():
        pytest.skip(f"is about {race.variant}")
    machine = plant(race, tmp_path / "sources")
    with CopiedMachine(machine, race.tests) as copies:
        found = next(
            (seed for seed in seeds(race) if copies.run(seeded(race.tests, seed)).failed), None
        )
    assert found is not None
    own = machine.run(race.tests, seeded(race.tests, found))
    assert own.failed
    sound = RaceMachine(race.variant, race.harts)
    assert not sound.run(race.tests, seeded(race.tests, found)).failed


def seeds(race: Mutation) -> Iterator[int]:
    """The known one is enough, until a change of the kernel moves the instructions that it is about."""
    assert race.seed is not None
    yield race.seed
    yield from range(1, MOST_SEEDS)
