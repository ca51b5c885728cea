"""make qemu-gdb, and the first session of docs/debugging.md: gdb is told what stands there."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
from contextlib import suppress

import pexpect
import pytest

from bench.host.running.machine import ROOT
from tests.support.terminal import Terminal, terminal

DOCUMENT = ROOT / "docs" / "debugging.md"
VARIANT = "cow-reuse"

pytestmark = [
    pytest.mark.xdist_group("gdb"),
    pytest.mark.needs(VARIANT),
]


def session() -> list[str]:
    """What is typed to gdb in the document's first session."""
    text = DOCUMENT.read_text().partition("## A first session")[2].partition("\n## ")[0]
    return re.findall(r"^\(gdb\) (.+)$", text, re.MULTILINE)


def more_to_look_at() -> list[str]:
    """What the table after that session shows."""
    text = DOCUMENT.read_text().partition("## More to look at")[2].partition("\n- ")[0]
    cells = [line.split(" | ")[-1] for line in text.splitlines() if line.startswith("| ")]
    spans = [span for cell in cells for span in re.findall(r"`([^`]+)`", cell)]
    return [
        f"print/x {span}" if span.startswith("$") else span
        for span in spans
        if " " in span or "$" in span
    ]


def use_shell(machine: Terminal) -> None:
    """Type ls at the prompt, and look at all else: a terminal that is full stops the machine."""
    with suppress(pexpect.ExceptionPexpect, OSError):
        machine.until_prompt()
        machine.type("ls\n")
        machine.rest()


def gdb(machine: Terminal, commands: list[str]) -> str:
    """Give a machine's gdb these commands; gives all that it says."""
    machine.see("gdb-multiarch -x ")
    options = ["-x", machine.until_line_end()]
    for command in commands:
        options += ["-ex", command]
    threading.Thread(target=use_shell, args=(machine,), daemon=True).start()
    done = subprocess.run(
        ["gdb-multiarch", "-nx", "-batch", *options],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.stdout


def any_port() -> int:
    """The system's choice: the first of the user's own may be taken by another run of these tests
    before the machine is there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(*words: str) -> list[str]:
    return ["make", "qemu-gdb", f"GDB_PORT={any_port()}", f"VARIANT={VARIANT}", *words]


def entries(output: str) -> list[str]:
    """The last line of each answer of pte: the entry of the page itself."""
    return re.findall(r"^level 0, entry .*$", output, re.MULTILINE)


def test_first_session_of_the_document() -> None:
    """It stops in the fault handler at a write to a shared page, and shows what becomes of it."""
    assert len(session()) >= 5
    with terminal(start("DISK=ram")) as machine:
        output = gdb(machine, [*session(), "kill"])
    assert "Breakpoint 1, fault_serve (space=" in output
    assert "access=ACCESS_STORE" in output
    before, after = entries(output)
    assert before.endswith(" V R U A D COW")
    assert after.endswith(" V R W U A D")
    assert before.split()[4] != after.split()[4]  # the frame


def test_more_to_look_at() -> None:
    commands = more_to_look_at()
    assert len(commands) >= 15
    with terminal(start("CPUS=4")) as machine:
        output = gdb(machine, [*session()[:2], *commands, "kill"])
    wrong = r"^(No |Undefined |Invalid |Cannot |Attempt |A syntax error|.* has no ).*"
    assert not re.search(wrong, output, re.MULTILINE), output
    assert "PID" not in output and "[Switching to thread 2" in output


def test_machine_waits_for_gdb() -> None:
    with terminal(start("DISK=ram")) as machine:
        output = gdb(machine, ["print $pc", "info symbol fault_serve", "kill"])
    assert "$1 = (void (*)()) 0x1000" in output  # not one instruction has run
    assert "fault_serve in section .text" in output


def test_every_hart_is_a_thread() -> None:
    with terminal(start("CPUS=4")) as machine:
        output = gdb(machine, ["info threads", "kill"])
    assert len(re.findall(r"^\*? +\d+ +Thread 1\.", output, re.MULTILINE)) == 4


def test_file_of_commands_is_ignored_by_git() -> None:
    path = f"build/{VARIANT}/.gdbinit"
    done = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT)
    assert done.returncode == 0 or not os.path.exists(ROOT / ".git")
