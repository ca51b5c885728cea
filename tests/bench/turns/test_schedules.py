"""Schedules of turns: the same in each run, on a busy host and in copies of a machine; replayed from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.host.running.turns import Schedule
from tests.bench.turns.test_turns import SOURCES, load, plugin
from tests.races.replay import Replay
from tests.races.schedule import LONGEST_TURN, RaceMachine, read_changes, seeded, write_changes
from tests.races.server import CopiedMachine

__all__ = ["load"]
TEST = "race_forks"


@pytest.fixture
def machine() -> RaceMachine:
    return RaceMachine("cow-reuse", plugin=plugin(*SOURCES))


def test_a_busy_host_changes_no_schedule(machine: RaceMachine, load: None) -> None:
    with Replay(machine, TEST) as again:
        for seed in (1, 2, 3):
            verdict, changes = again.changes_of(seed)
            assert not verdict.failed and changes
            for _ in range(2):
                assert again.changes_of(seed) == (verdict, changes)


def test_another_seed_is_another_schedule(machine: RaceMachine) -> None:
    with Replay(machine, TEST) as again:
        assert len({tuple(again.changes_of(seed)[1]) for seed in range(4)}) == 4


@pytest.mark.parametrize("seed", range(6))
def test_changes_are_replayed(machine: RaceMachine, seed: int) -> None:
    """Also what is not in the file: where turns end of themselves."""
    with Replay(machine, TEST) as again:
        _, changes = again.changes_of(seed)
        log, trace = again.path(), again.path()
        machine.run(TEST, Schedule(seed=seed, trace=trace))
        path = again.path()
        write_changes(path, changes)
        second = again.path()
        machine.run(TEST, Schedule(changes=path, log=log, trace=second))
        assert read_changes(log) == changes
        assert second.read_bytes() == trace.read_bytes()


def test_without_changes_turns_end_of_themselves(machine: RaceMachine, tmp_path: Path) -> None:
    with Replay(machine, TEST) as again:
        assert not again.trace([], tmp_path / "trace").failed
    assert (tmp_path / "trace").stat().st_size > 24 * LONGEST_TURN


def test_a_change_that_is_gone_leaves_those_before_it(machine: RaceMachine) -> None:
    with Replay(machine, TEST) as again:
        _, changes = again.changes_of(2)
        log, path = again.path(), again.path()
        half = changes[: len(changes) // 2]
        write_changes(path, half)
        machine.run(TEST, Schedule(changes=path, log=log))
        assert read_changes(log) == half


def test_copies_do_what_a_machine_of_its_own_does(machine: RaceMachine) -> None:
    with CopiedMachine(machine, TEST) as copies, Replay(machine, TEST) as again:
        for seed in range(12):
            log = again.path()
            verdict = copies.run(seeded(TEST, seed, log))
            own, changes = again.changes_of(seed)
            assert read_changes(log) == changes
            assert verdict.failed == own.failed == ""
            assert verdict.console[-1:] == own.console[-1:]


@pytest.mark.parametrize(
    "limits, said",
    [
        ({"instructions": 1000}, "it hangs: no end after 1000 instructions in the test"),
        ({"instructions": 10**9, "seconds": 1}, "it hangs: no end after 1 seconds in the test"),
    ],
)
def test_a_machine_is_ended(machine: RaceMachine, limits: dict[str, int], said: str) -> None:
    test = "sleep_takes_as_long_as_it_says" if "seconds" in limits else TEST
    schedule = Schedule(seed=1, **limits)  # type: ignore[arg-type]
    assert machine.run(test, schedule).failed == said
    with CopiedMachine(machine, test) as copies:
        assert copies.run(schedule).failed == said
