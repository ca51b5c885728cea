"""make run and ./cowshed run on real machines: what comes out, and with which status."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.support.terminal import SECONDS, terminal

VARIANT = "cow-reuse"

pytestmark = pytest.mark.needs(VARIANT)

COUNT = """
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

int
main(int argc, char *argv[])
{
  for(int i = 1; i < argc; i++)
    printf("%d: %s\\n", i, argv[i]);
  exit(argc);
}
"""


def run(*words: str, input: str = "", tool: str = "cowshed") -> subprocess.CompletedProcess[str]:
    command = {"make": ["make", "run"], "cowshed": ["./cowshed", "run"]}[tool]
    return subprocess.run(
        [*command, *words], cwd=ROOT, input=input, capture_output=True, text=True, timeout=SECONDS
    )


def output(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the command said: all but the lines of the kernel's own."""
    return [line for line in done.stdout.splitlines() if not line.startswith("cowshed: ")]


@pytest.mark.parametrize(
    "words",
    [
        ["DISK=virtio"],
        ["DISK=ram", "CPUS=4", "MEM=64M"],
        ["DISK=virtio", "CPUS=4", "LAZY=1", "DEBUG=1"],
        ["DISK=ram", "LAZY=1", "MEM=48M"],
        ["MEM=16M"],
    ],
    ids=" ".join,
)
def test_command(words: list[str]) -> None:
    done = run("CMD=echo a > /f; echo b >> /f; cat /f | wc; ls /f", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = output(done)
    assert lines[0].split() == ["2", "2", "4"]
    assert lines[1].split()[0] == "f" and len(lines) == 2
    assert f"\ncowshed: boot: {VARIANT}, " in "\n" + done.stdout


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("exit 7", 7),
        ("echo a | grep b", 1),
        ("nothing", 127),
        ("exit 300", 300 % 256),
        ("cat /nothing\necho last", 0),
        ("cat /nothing && echo last", 1),
        ("poweroff 3; echo not reached", 3),
    ],
)
def test_status_of_the_command(command: str, status: int) -> None:
    done = run(f"CMD={command}")
    assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.parametrize(("command", "status"), [("echo hello", 0), ("exit 7", 2)])
def test_status_of_make(command: str, status: int) -> None:
    """Its own, whatever the command's is."""
    done = run(f"CMD={command}", tool="make")
    assert done.returncode == status, done.stdout + done.stderr
    assert ("Error 7" in done.stderr) == (command == "exit 7")


def test_any_text_reaches_the_shell() -> None:
    command = (
        """echo "two  words" 'and "quotes"'; echo $HOME \\; # a comment
(echo second line) | cat
echo """
        + "x" * 400
    )
    done = run(f"CMD={command}", tool="make")
    assert output(done) == ['two  words and "quotes"', "$HOME ;", "second line", "x" * 400]
    assert done.returncode == 0


def test_programs_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "count.c").write_text(COUNT)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "again.c").write_text(COUNT)
    sources = f"PROGS={tmp_path}/count.c {tmp_path}/other/again.c"
    done = run("CMD=again 1 | wc; count one 'two words'", sources)
    assert done.returncode == 3, done.stderr
    assert output(done)[1:] == ["1: one", "2: two words"]


def test_program_that_does_not_compile(tmp_path: Path) -> None:
    """The compiler's message is shown, and nothing boots."""
    (tmp_path / "bad.c").write_text(COUNT.replace("exit(argc);", "exit(argc)"))
    done = run("CMD=bad", f"PROGS={tmp_path}/bad.c")
    assert done.returncode == 125
    assert "bad.c:11:13: error: expected ';' before '}' token" in done.stderr
    assert "run: error: it does not build" in done.stderr
    assert "cowshed" not in done.stdout


def test_program_in_place_of_a_utility(tmp_path: Path) -> None:
    (tmp_path / "cat.c").write_text(COUNT)
    done = run("CMD=cat one", f"PROGS={tmp_path}/cat.c")
    assert (output(done), done.returncode) == (["1: one"], 2)


def test_program_that_the_system_cannot_do_without(tmp_path: Path) -> None:
    (tmp_path / "sh.c").write_text(COUNT)
    done = run("CMD=sh", f"PROGS={tmp_path}/sh.c")
    assert done.returncode == 125
    assert "sh.c would become the program sh" in done.stderr


def test_time_out() -> None:
    done = run("CMD=echo begun; sleep 6000", "TIMEOUT=6")
    assert done.returncode == 124
    assert output(done) == ["begun"]  # within these 6 s, of which a boot takes less than one
    assert "run: no end after 6 s: killed" in done.stderr


def test_input_is_what_the_program_reads() -> None:
    done = run("CMD=wc", input="one two\nthree\n")
    assert output(done)[-1].split() == ["2", "3", "14"]
    assert output(run("CMD=cat; echo end"))[-1] == "end"


def test_typed_input_is_seen_once() -> None:
    """At a terminal, the machine echoes, and nobody else."""
    with terminal(["./cowshed", "run", "CMD=cat"]) as machine:
        machine.see("cowshed: boot")
        machine.type("hel")
        machine.see("hel")
        machine.type("lo\n")
        machine.see("lo\nhello\n")
        machine.type("\x04")
        assert machine.rest() == ""
        assert machine.status() == 0


def machines_of(memory: str) -> list[int]:
    """This folder's machines with so much memory."""
    wanted = [b"qemu-system", os.fsencode(ROOT), b"\0-m\0" + memory.encode() + b"\0"]
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if all(part in words for part in wanted):
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize(
    ("tool", "number", "memory"),
    [
        ("make", signal.SIGINT, "71M"),
        ("make", signal.SIGTERM, "72M"),
        ("cowshed", signal.SIGINT, "73M"),
        ("cowshed", signal.SIGTERM, "74M"),
    ],
)
def test_interrupt_leaves_nothing(tool: str, number: signal.Signals, memory: str) -> None:
    """No other machine has memory of that size."""
    command = ["make", "run"] if tool == "make" else ["./cowshed", "run"]
    process = subprocess.Popen(
        [*command, "CMD=echo begun; sleep 6000", f"MEM={memory}"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        while "begun" not in process.stdout.readline():
            assert process.poll() is None
        assert machines_of(memory)
        os.killpg(process.pid, number)
        rest = process.stdout.read()
    process.wait(20)
    assert process.returncode != 0 and "Traceback" not in rest
    assert not machines_of(memory)
