"""Turns of harts: even, the same in each run, and refused where they make no sense."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bench.host.errors import BenchError
from bench.host.running.machine import (
    BUILD,
    ROOT,
    MachineConfig,
    MachineError,
    Outcome,
    boot_arguments,
    kernel_path,
    run,
)
from bench.host.running.turns import Turns
from tests.guest.guest_machine import any_variant
from tests.support.host_build import HOST_TESTS, PLAIN, compile_host, include
from tests.support.processes import busy_host

HERE = Path(__file__).parent
PROBE = ROOT / "bench" / "probe"  # has what QEMU's plugins include
LATE = 5  # instructions by which a turn seems longer: turn_log.c says why


@cache
def plugin(source: Path) -> Path:
    words = [*PLAIN, *include(PROBE), "-shared", "-fPIC", source]
    return compile_host(HOST_TESTS / f"{source.stem}.so", words)


def turns(quantum: int, phase: int = 0) -> Turns:
    return Turns(plugin(ROOT / "bench" / "turns" / "turns.c"), quantum, phase)


def crowd(harts: int, chosen: Turns, *extra: str) -> Outcome:
    """As many processes as harts, all at work."""
    return run(
        MachineConfig(
            kernel=kernel_path(any_variant()),
            initrd=BUILD / "tests.img",
            bootargs=boot_arguments("/tests/crowd", str(harts)),
            memory="64M",
            harts=harts,
            turns=chosen,
            time_limit=120,
            extra=extra,
        )
    )


def logged(harts: int, chosen: Turns, log: Path) -> tuple[list[str], list[tuple[int, int]]]:
    """What the machine said, and its turns: hart and instructions of each."""
    words = f"file={plugin(HERE / 'turn_log.c')},out={log}"
    outcome = crowd(harts, chosen, "-plugin", words)
    assert outcome.status == 0, (outcome.lines[-5:], outcome.errors)
    numbers = [tuple(map(int, line.split())) for line in log.read_text().splitlines()]
    return outcome.lines, [(hart, length) for hart, length in numbers]


@pytest.fixture
def load() -> Iterator[None]:
    with busy_host():
        yield


@pytest.mark.parametrize("harts", [2, 4])
def test_a_busy_host_changes_no_turn(harts: int, load: None, tmp_path: Path) -> None:
    first = logged(harts, turns(200), tmp_path / "log")
    for _ in range(2):
        assert logged(harts, turns(200), tmp_path / "log") == first


@pytest.mark.parametrize("quantum", [100, 200, 1000])
@pytest.mark.parametrize("harts", [2, 3, 4])
def test_turns_are_even(harts: int, quantum: int, tmp_path: Path) -> None:
    _, found = logged(harts, turns(quantum), tmp_path / "log")
    whole = Counter(hart for hart, length in found if quantum <= length <= quantum + LATE)
    assert sorted(whole) == list(range(harts))
    assert min(whole.values()) > 200_000 / quantum
    assert min(whole.values()) >= 0.97 * max(whole.values())


def test_all_work_side_by_side() -> None:
    """The last one ends shortly after the first, where one after the other they would not."""
    lines = crowd(4, turns(200)).lines[-4:]
    times = [int(line.split()[1]) for line in lines]
    assert sorted(line.split()[0] for line in lines) == list("0123")
    assert times == sorted(times)
    assert times[-1] - times[0] < times[0] * 0.02


def test_another_phase_or_quantum_is_another_schedule() -> None:
    """What the tests above compare is not blind."""
    said = {tuple(crowd(2, chosen).lines) for chosen in (turns(200), turns(200, 70), turns(300))}
    assert len(said) == 3


def test_a_machine_that_sleeps_takes_no_turns() -> None:
    """Ten seconds of it would be 100 million turns."""
    config = MachineConfig(
        kernel=kernel_path(any_variant()),
        initrd=BUILD / "tests.img",
        bootargs=boot_arguments("/tests/sleeper", "100"),
        memory="64M",
        harts=2,
        turns=turns(100),
        time_limit=60,
    )
    outcome = run(config)
    assert outcome.status == 0 and not outcome.timed_out, outcome.lines[-5:]


@pytest.mark.parametrize(
    "words, harts, said",
    [
        ("quantum=0", 2, "turns: quantum=0: a number from 1 to 1000000000 is needed"),
        ("quantum=x", 2, "turns: quantum=x: a number from 1 to 1000000000 is needed"),
        ("quantum=", 2, "turns: quantum=: a number from 1 to 1000000000 is needed"),
        ("quantum=5x", 2, "turns: quantum=5x: a number from 1"),
        ("quantum=1000000001", 2, "turns: quantum=1000000001: a number from 1"),
        ("quantum=9,phase=-1", 2, "turns: phase=-1: a number from 0 to 1000000000 is needed"),
        ("phase=1", 2, "turns: quantum=N is needed"),
        ("turns=1", 2, "turns: turns=1: no such argument; there are: quantum, phase"),
        ("quantum=200", 1, "turns: a machine of one hart has no turns"),
    ],
)
def test_plugin_refuses(words: str, harts: int, said: str) -> None:
    path = turns(1).plugin
    config = MachineConfig(
        kernel=kernel_path(any_variant()), harts=harts, extra=("-plugin", f"file={path},{words}")
    )
    outcome = run(config)
    assert outcome.status == 1
    assert said in outcome.errors


def test_plugin_refuses_real_time() -> None:
    extra = ("-plugin", f"file={turns(1).plugin},quantum=200")
    config = MachineConfig(
        kernel=kernel_path(any_variant()), harts=2, free_running=True, extra=extra
    )
    outcome = run(config)
    assert outcome.status == 1
    assert "turns: the machine needs the exact clock" in outcome.errors


def test_plugin_refuses_a_qemu_without_timers() -> None:
    sources = [HERE / "plain_qemu.c", ROOT / "bench" / "turns" / "turns.c"]
    program = compile_host(HOST_TESTS / "plain_qemu", [*PLAIN, *include(PROBE), *sources])
    done = subprocess.run([program, "quantum=200"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and not done.stdout
    assert re.fullmatch("turns: this QEMU does not export its timers.*\n", done.stderr)


@pytest.mark.parametrize("quantum, phase", [(0, 0), (-5, 0), (10**9 + 1, 0), (200, -1)])
def test_turns_of_no_length_are_refused(quantum: int, phase: int) -> None:
    with pytest.raises(BenchError, match="a number from"):
        Turns(Path("turns.so"), quantum, phase)


def test_machines_without_turns_are_refused() -> None:
    some = Turns(Path("turns.so"), 200)
    with pytest.raises(MachineError, match="one hart has no turns"):
        MachineConfig(kernel=Path("k"), turns=some)
    with pytest.raises(MachineError, match="exact clock"):
        MachineConfig(kernel=Path("k"), harts=2, free_running=True, turns=some)
    with pytest.raises(MachineError, match="turns.so does not exist: make build/turns.so"):
        run(MachineConfig(kernel=kernel_path(any_variant()), harts=2, turns=some))


def test_a_comma_in_the_path_reaches_qemu() -> None:
    words = Turns(Path("a,b/turns.so"), 200, 3).options()
    assert words == ("-plugin", "file=a,,b/turns.so,quantum=200,phase=3")
