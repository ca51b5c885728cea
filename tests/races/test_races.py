"""The tests of several harts under a few schedules each, the same in each run on any host; `make races` tries
others. A failure names its seed, and the command that shows it again."""

from __future__ import annotations

import pytest

from tests.guest.guest_machine import any_variant, variants_under_test
from tests.races.command import command
from tests.races.schedule import RaceMachine, seeded
from tests.races.server import CopiedMachine

# Some of each kind of schedule that a seed can be: bench/turns/schedule.c, begin_seed().
SEEDS = range(101, 105)
# Tests that are longer, or that were not made for several harts, have one seed.
OTHERS = (
    "row1_*,-row1_killed_*,row3_*,row11_*,-row11_pages_*,row13_*,-row13_parent_writes_while_*,row18_*,"
    "fork_both_*,child_shrinks_*"
)
# No strategy takes part in these: tests/guest/guest_machine.py, NO_STRATEGY.
ONCE = (
    "kill_*,-kill_a_running_process,wait_*,orphans_go_*,orphans_of_*,zombies_*,exec_by_many_*,"
    "descriptors_changed_*,processes_while_*,pipe_read_*,pipe_end_*,pipe_writes_*,"
    "pipe_readers_*,pipe_writers_*,pipe_without_readers"
)


def parameters() -> list[object]:
    variants = variants_under_test()
    found: list[object] = []
    for variant in variants:
        tests = [(test, SEEDS) for test in RaceMachine(variant).tests()]
        globs = f"{OTHERS},{ONCE}" if variant == any_variant(variants) else OTHERS
        tests += [(test, SEEDS[:1]) for test in RaceMachine(variant).tests(globs)]
        found += [pytest.param(variant, *each, id=f"{variant}-{each[0]}") for each in tests]
    return found


@pytest.mark.parametrize("variant, test, seeds", parameters())
def test_schedules(variant: str, test: str, seeds: range) -> None:
    machine = RaceMachine(variant)
    with CopiedMachine(machine, test) as copies:
        for seed in seeds:
            verdict = copies.run(seeded(test, seed))
            if verdict.failed:
                again = f"again: {command(test, seed, machine)}"
                lines = [*verdict.console, verdict.failed, again]
                pytest.fail("\n".join(lines), pytrace=False)
