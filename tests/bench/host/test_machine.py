"""bench.host.running.machine: it starts what was asked for, reads it whole, and leaves nothing running."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from bench.host.running.machine import (
    Disk,
    MachineConfig,
    MachineError,
    Outcome,
    boot_arguments,
    kernel_path,
    run,
)
from tests.support.processes import is_alive
from tests.support.scripts import make_script


def config(tmp_path: Path, body: str, **options: Any) -> MachineConfig:
    kernel = tmp_path / "kernel.elf"
    kernel.touch()
    return MachineConfig(kernel=kernel, qemu=make_script(tmp_path / "qemu", body), **options)


def assert_dead(outcome: Outcome) -> None:
    """All processes whose ids the script has printed are gone."""
    pids = [int(line) for line in outcome.lines if line.isdigit()]
    assert pids
    deadline = time.monotonic() + 5
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_alive, pids))


def test_exact_clock_does_not_sleep_with_the_host(tmp_path: Path) -> None:
    command = MachineConfig(kernel=tmp_path / "k").command()
    assert command[command.index("-icount") + 1] == "shift=0,sleep=off"
    assert command[command.index("-m") + 1] == "512M"


def test_free_running_harts_run_in_parallel(tmp_path: Path) -> None:
    command = MachineConfig(kernel=tmp_path / "k", harts=4, free_running=True).command()
    assert command[command.index("-smp") + 1] == "4"
    assert command[command.index("-accel") + 1] == "tcg,thread=multi"
    assert "-icount" not in command


def test_initrd_and_boot_arguments_reach_the_machine(tmp_path: Path) -> None:
    words = boot_arguments(
        "/bench/runner", "pages=0", "repeat=2", procs=9, shuffle=3, console="polled"
    )
    assert words == "init=/bench/runner procs=9 shuffle=3 console=polled -- pages=0 repeat=2"
    command = MachineConfig(kernel=tmp_path / "k", initrd=tmp_path / "i", bootargs=words).command()
    assert command[command.index("-append") + 1] == words
    assert command[command.index("-initrd") + 1] == str(tmp_path / "i")


def test_disks_are_modern_virtio_in_their_order(tmp_path: Path) -> None:
    disks = (Disk(tmp_path / "a, b"), Disk(tmp_path / "c", read_only=True))
    command = MachineConfig(kernel=tmp_path / "k", disks=disks).command()
    assert "virtio-mmio.force-legacy=false" in command
    nodes = [json.loads(word) for word in command if word.startswith("{")]
    assert [node["file"]["filename"] for node in nodes] == [str(disk.image) for disk in disks]
    assert [node.get("read-only", False) for node in nodes] == [False, True]
    assert not nodes[0]["file"]["cache"]["no-flush"]
    for number in (0, 1):
        device = f"virtio-blk-device,drive=disk{number},bus=virtio-mmio-bus.{number}"
        assert device in command


def test_writes_of_a_disk_can_be_logged(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "image", write_log=tmp_path / "log", durable=False)
    command = MachineConfig(kernel=tmp_path / "k", disks=(disk,)).command()
    (node,) = [json.loads(word) for word in command if word.startswith("{")]
    assert node["driver"] == "blklogwrites"
    assert node["file"]["filename"] == str(tmp_path / "image")
    assert node["log"]["filename"] == str(tmp_path / "log")
    assert node["file"]["cache"]["no-flush"] and node["log"]["cache"]["no-flush"]


def test_kernel_path_names_the_build() -> None:
    assert kernel_path("v", build=Path("b")) == Path("b/v/kernel.elf")
    assert kernel_path("v", lazy=True, debug=True, build=Path("b")) == Path(
        "b/v-lazy-debug/kernel.elf"
    )
    assert kernel_path("v", debug=True, link_seed=2, build=Path("b")) == Path(
        "b/v-debug-link2/kernel.elf"
    )


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_exit_status_is_the_machines(tmp_path: Path, status: int) -> None:
    outcome = run(config(tmp_path, f"exit {status}"))
    assert outcome.status == status
    assert not outcome.timed_out


def test_machine_that_dies_of_a_signal_has_a_status_as_in_a_shell(tmp_path: Path) -> None:
    assert run(config(tmp_path, "kill -SEGV $$")).status == 128 + 11


def test_lines_are_complete_and_come_in_order(tmp_path: Path) -> None:
    seen: list[str] = []
    body = r"printf 'one\r\n'; printf 'tw'; sleep 0.2; printf 'o\n\n\377\n'; printf 'rest'"
    outcome = run(config(tmp_path, body), seen.append)
    assert outcome.lines == ["one", "two", "", "\N{REPLACEMENT CHARACTER}", "rest"]
    assert seen == outcome.lines[:-1]  # the last one may be a part of a line


def test_standard_error_is_apart(tmp_path: Path) -> None:
    outcome = run(config(tmp_path, "echo out; echo 'bad option' >&2; exit 1"))
    assert outcome.lines == ["out"]
    assert outcome.errors == "bad option"


def test_time_limit_kills_the_machine_and_its_children(tmp_path: Path) -> None:
    body = "echo $$; sleep 600 & echo $!; wait"
    outcome = run(config(tmp_path, body, time_limit=2))
    assert outcome.timed_out and outcome.status is None
    assert 2 <= outcome.seconds < 10
    assert_dead(outcome)


def test_time_limit_holds_for_a_machine_that_closes_its_output(tmp_path: Path) -> None:
    body = "echo $$; exec >&-; sleep 600"
    outcome = run(config(tmp_path, body, time_limit=2))
    assert outcome.timed_out and outcome.status is None
    assert_dead(outcome)


def test_flood_of_output_ends_the_machine(tmp_path: Path) -> None:
    body = "echo $$; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done"
    outcome = run(config(tmp_path, body, max_output=100_000))
    assert outcome.flooded and not outcome.timed_out
    assert_dead(outcome)


def test_exception_in_the_callback_ends_the_machine(tmp_path: Path) -> None:
    pids: list[int] = []

    def take(line: str) -> None:
        pids.append(int(line))
        raise ValueError("no such line")

    with pytest.raises(ValueError, match="no such line"):
        run(config(tmp_path, "echo $$; sleep 600"), take)
    assert_dead(Outcome(None, [str(pids[0])], False, 0))


def test_stop_event_ends_the_machine(tmp_path: Path) -> None:
    stop = threading.Event()
    outcome = run(config(tmp_path, "echo $$; sleep 600"), lambda line: stop.set(), stop)
    assert outcome.stopped and outcome.status is None
    assert_dead(outcome)


def test_machine_dies_with_a_killed_starter(tmp_path: Path) -> None:
    machine = config(tmp_path, "echo $$; exec sleep 600")
    source = (
        "import os, subprocess, sys\n"
        "machine = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\n"
        "print(machine.stdout.readline(), end='', flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", source, *machine.command()], stdout=subprocess.PIPE, text=True
    )
    assert killed.returncode == -signal.SIGKILL
    pid = int(killed.stdout)
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(pid)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="kernel .*/nothing.elf does not exist"):
        run(MachineConfig(kernel=tmp_path / "nothing.elf"))
    good = config(tmp_path, "exit 0")
    with pytest.raises(MachineError, match="initrd .*/no.img does not exist"):
        run(MachineConfig(kernel=good.kernel, initrd=tmp_path / "no.img", qemu=good.qemu))
    with pytest.raises(MachineError, match="disk .*/no.img does not exist"):
        run(MachineConfig(kernel=good.kernel, disks=(Disk(tmp_path / "no.img"),), qemu=good.qemu))
    with pytest.raises(MachineError, match="no-qemu not found: .* package qemu-system-misc"):
        run(MachineConfig(kernel=good.kernel, qemu=str(tmp_path / "no-qemu")))


def test_console_as_it_comes_and_its_input(tmp_path: Path) -> None:
    seen: list[bytes] = []
    with open(tmp_path / "input", "w+") as typed:
        typed.write("typed\n")
        typed.seek(0)
        body = "printf 'name? '; sleep 0.2; read line; echo \"$line\"; printf rest"
        outcome = run(config(tmp_path, body), on_data=seen.append, stdin=typed.fileno())
    assert seen[0] == b"name? "
    assert b"".join(seen) == b"name? typed\nrest"
    assert outcome.lines == ["name? typed", "rest"]


def test_console_on_the_terminal(tmp_path: Path) -> None:
    command = MachineConfig(kernel=tmp_path / "k", terminal=True).command()
    assert "-nographic" in command
    assert not {"-serial", "-monitor"} & set(command)
