"""What the tests share: machines that boot once and serve many tests.

A machine runs the guest tests that were chosen for it, in one boot; each of them is a pytest
test of its own, which looks up its line in the machine's TAP output. All tests of a machine are
in one xdist group, so that they are given to one worker and the machine boots once.
"""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Callable, Iterator

import pytest

from bench.host.interrupts import SIGNALS
from tests.guest.guest_machine import GuestMachine, GuestRun, run_guest_tests, variants_under_test
from tests.support import built, processes, tiers

MACHINES = pytest.StashKey[dict[GuestMachine, list[str]]]()
RUNS = pytest.StashKey[dict[GuestMachine, GuestRun]]()
PASSED = pytest.StashKey[bool]()
SECONDS_TO_END = 20.0

# What was typed after `make test` is not for the makes that the tests run.
for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
    os.environ.pop(name, None)

processes.adopt_orphans()
processes.give_default_signals()


def pytest_configure(config: pytest.Config) -> None:
    runs: dict[GuestMachine, GuestRun] = {}
    config.stash[RUNS] = runs


@pytest.hookimpl(hookwrapper=True, tryfirst=True)  # type: ignore[misc]
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Note which guest tests were chosen, so that a machine runs those and no others."""
    tiers.mark(items)
    tiers.skip_without(variants_under_test(), items)
    yield
    chosen: dict[GuestMachine, list[str]] = {}
    for item in items:
        mark = item.get_closest_marker("guest")
        if mark is not None:
            machine, name = mark.args
            chosen.setdefault(machine, []).append(name)
    config.stash[MACHINES] = chosen
    if not config.option.collectonly:
        built.make(items)


@pytest.fixture
def guest_run(request: pytest.FixtureRequest) -> Callable[[GuestMachine], GuestRun]:
    """Boots a machine, or gives what it did when it was booted before."""
    runs = request.config.stash[RUNS]

    def run(machine: GuestMachine) -> GuestRun:
        if machine not in runs:
            runs[machine] = run_guest_tests(
                machine, request.config.stash[MACHINES].get(machine, [])
            )
        return runs[machine]

    return run


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.stash[PASSED] = report.passed


@pytest.fixture(autouse=True)
def no_process_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test started ends with it. A test that passes must have seen to that; what it has killed may
    take its time to go on a busy host."""
    before = set(processes.below(os.getpid()))
    yield
    passed = request.node.stash.get(PASSED, False)
    left = processes.wait_until_gone(before, SECONDS_TO_END if passed else 0)
    commands = [shlex.join(processes.words_of(pid)) for pid in left]
    processes.kill(before)
    assert not (passed and commands), commands


@pytest.hookimpl(trylast=True)  # type: ignore[misc]
def pytest_unconfigure() -> None:
    """What workers have left that were killed themselves."""
    processes.kill(set())


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """A command that a test runs in this process, and interrupts, goes on to ignore interrupts: it
    would have ended. The next test must be interrupted again."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
