"""make races: what it finds, tells, replays and shrinks, in a kernel with a planted race; what it refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.host.display.terminal import verbatim_console
from bench.host.options import Options
from tests.mutations.race_mutations import RACE_MUTATIONS
from tests.races import command
from tests.races.planted import plant
from tests.races.schedule import Change, RaceMachine
from tests.races.shrink import shrink
from tools import commands

RACE = next(race for race in RACE_MUTATIONS if race.name == "race_count_read_again")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> RaceMachine:
    return plant(RACE, tmp_path_factory.mktemp("planted") / "sources")


def test_a_race_is_found_replayed_and_shrunk(machine: RaceMachine, tmp_path: Path) -> None:
    search = command.Search(machine, [RACE.tests], 300, 2)
    found = search.go(lambda done: None)
    assert found is not None and search.done <= 300
    with open(tmp_path / "said", "w") as file:
        console = verbatim_console(file, width=1000)
        options = Options(variant=RACE.variant, harts=4, seed=found.seed, shrink=True, machines=2)
        assert command.replay(machine, [RACE.tests], options, console) == 1
    said = (tmp_path / "said").read_text()
    again = f"make races VARIANT={RACE.variant} TEST={RACE.tests} SEED={found.seed}"
    assert f"again:  {again}\n" in said and f"shrunk: {again} SHRINK=1\n" in said
    left = re.search(r"\n(\d+) changes? of turn (?:is|are) left: ", said)
    assert left is not None and int(left[1]) <= 20
    assert re.search(r"\nhart 0 +hart 1", said)
    assert re.search(r"\[takes count_lock\] count_open count_array\.h:\d+", said)


@pytest.mark.parametrize(
    "words, said",
    [
        ("CPUS=9", "CPUS=9 is not a number from 2 to 4"),
        ("CPUS=1", "CPUS=1 is not a number from 2 to 4"),
        ("SEEDS=0", "SEEDS=0 is not a number from 1 to"),
        ("SEED=x", "SEED=x is not a number from 0 to"),
        ("SHRINK=2", "SHRINK=2 can be 0 or 1"),
        ("SHRINK=1", "SHRINK=1 needs SEED=n"),
        ("SEEDS=5 SEED=5", "SEEDS= and SEED= exclude each other"),
        ("TEST=no_such_*", "TEST=no_such_* matches no test that cow-reuse runs on 4 harts"),
        ("TEST=Race?", "TEST=Race? is not a list of patterns"),
        ("MACHINES=0", "MACHINES=0 is not a number from 1 to"),
    ],
)
def test_words_are_refused(
    words: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is built."""
    monkeypatch.setattr(commands, "make", lambda *goals, **more: pytest.fail("it builds"))
    assert commands.main(["races", "VARIANT=cow-reuse", *words.split()]) == 2
    assert f"races: error: {said}" in capsys.readouterr().err


def changes(*counts: int) -> list[Change]:
    return [(0, count, 0) for count in counts]


@pytest.mark.parametrize("needed", [(), (7,), (3, 96), (1, 2, 50, 51), tuple(range(0, 100, 9))])
@pytest.mark.parametrize("at_once", [1, 3])
def test_shrinking_leaves_what_is_needed(needed: tuple[int, ...], at_once: int) -> None:
    def fails(some: Sequence[Change]) -> bool:
        return set(changes(*needed)) <= set(some)

    sizes: list[int] = []
    assert shrink(changes(*range(100)), fails, at_once, sizes.append) == changes(*needed)
    assert sizes == sorted(sizes, reverse=True)


def test_tests_take_turns() -> None:
    names = [f"t{i}" for i in range(3)]
    found = [(seed, test) for test, seeds in command.parts(names, 200, first=5) for seed in seeds]
    assert sorted(found) == [(seed, names[seed % 3]) for seed in range(5, 205)]
