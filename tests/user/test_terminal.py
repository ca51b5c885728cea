"""The system as a person sees it who types into make qemu: a machine boots once for all cases."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.host.options import Options
from bench.host.running.machine import BUILD
from tests.guest.guest_machine import any_variant
from tests.support.terminal import (
    BACKSPACE,
    END,
    ERASE,
    INTERRUPT,
    KILL,
    LIST,
    SECONDS,
    Terminal,
    command_of,
    terminal,
)

IMAGE = BUILD / "root.img"
BOOT_BUDGET = 0.5  # seconds of real time until the prompt

MACHINES = {
    "cow-reuse-virtio": Options("cow-reuse", harts=1, disk="virtio", debug=True),
    "cow-reuse-4harts-virtio": Options("cow-reuse", harts=4, disk="virtio"),
    "cow-hash-4harts-lazy": Options("cow-hash", harts=4, disk="ram", lazy=True),
    "cow-array-lazy-virtio": Options("cow-array", harts=1, disk="virtio", lazy=True),
    "eager": Options("eager", harts=1, disk="ram"),
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            machine,
            id=name,
            marks=[
                pytest.mark.xdist_group(f"terminal-{name}"),
                pytest.mark.needs(machine.variant),
            ],
        )
        for name, machine in MACHINES.items()
    ],
)
def shell(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Terminal]:
    """The shell of a machine, at its prompt."""
    disk = tmp_path_factory.mktemp("disk") / "disk.img"
    shutil.copyfile(IMAGE, disk)
    with terminal(command_of(request.param, disk)) as found:
        found.until_prompt()
        yield found
        found.type("poweroff 7\n")
        assert found.status() == 7


# What is typed, and what is on the screen before the next prompt.
CASES: dict[str, list[tuple[str, str]]] = {
    "echo": [("echo hello\n", "echo hello\nhello\n")],
    "empty_line": [("\n", "\n"), ("   \n", "   \n")],
    "backspace": [
        (f"ecko{2 * BACKSPACE}ho hi\n", f"ecko{2 * ERASE}ho hi\nhi\n"),
        (f"{3 * BACKSPACE}echo x\n", "echo x\nx\n"),
    ],
    "kill_line": [(f"rm README{KILL}echo safe\n", f"rm README{9 * ERASE}echo safe\nsafe\n")],
    "pipe": [
        ("echo one two | cat | wc\n", "echo one two | cat | wc\n1 2 8 \n"),
        ("cat README | grep ^COWSHED\n", "cat README | grep ^COWSHED\nCOWSHED\n"),
    ],
    "redirections": [
        ("echo a > /r\n", "echo a > /r\n"),
        ("echo b >> /r\n", "echo b >> /r\n"),
        ("cat < /r\n", "cat < /r\na\nb\n"),
        ("wc < /r > /r2; cat /r2\n", "wc < /r > /r2; cat /r2\n2 2 4 \n"),
        ("rm /r /r2\n", "rm /r /r2\n"),
        ("cat /r\n", "cat /r\ncat: cannot open /r\n"),
    ],
    "directories": [
        ("mkdir /d; cd /d\n", "mkdir /d; cd /d\n"),
        ("echo x > y; cat /d/y\n", "echo x > y; cat /d/y\nx\n"),
        ("ls | wc\n", "ls | wc\n3 12 68 \n"),
        ("cd nowhere\n", "cd nowhere\nsh: cannot cd to nowhere\n"),
        ("cd ..; cat d/y; rm d\n", "cd ..; cat d/y; rm d\nx\nrm: cannot remove d\n"),
        ("rm d/y d; cd d\n", "rm d/y d; cd d\nsh: cannot cd to d\n"),
    ],
    "sequence": [
        ("(echo 1; echo 2) | wc; echo 3\n", "(echo 1; echo 2) | wc; echo 3\n2 2 4 \n3\n"),
        (
            "nothing && echo a || echo b\n",
            "nothing && echo a || echo b\nsh: nothing: not found\nb\n",
        ),
    ],
    "background": [
        ("sleep 2 &\n", "sleep 2 &\n"),
        ("echo at once\n", "echo at once\nat once\n"),
        ("wait; echo over\n", "wait; echo over\nover\n"),
    ],
    "script": [
        ("echo 'echo in a script' > s\n", "echo 'echo in a script' > s\n"),
        ("echo 'nothing; exit 3' >> s\n", "echo 'nothing; exit 3' >> s\n"),
        (
            "sh s || echo failed\n",
            "sh s || echo failed\nin a script\nsh: s:2: nothing: not found\nfailed\n",
        ),
        ("rm s\n", "rm s\n"),
    ],
    "errors": [
        ("nothing\n", "nothing\nsh: nothing: not found\n"),
        (
            "/README\n",
            "/README\nsh: /README: cannot be run: no program, long arguments, or no memory\n",
        ),
        ("echo a | | b\n", "echo a | | b\nsh: syntax error: unexpected '|'\n"),
        ("echo (\n", "echo (\nsh: syntax error: unexpected '('\n"),
        ("cat nothing\n", "cat nothing\ncat: cannot open nothing\n"),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_screen(shell: Terminal, name: str) -> None:
    for keys, screen in CASES[name]:
        shell.type(keys)
        assert shell.until_prompt() == screen


def test_command_in_the_background_runs_on(shell: Terminal) -> None:
    shell.answer("sleep 100000 &")
    (line,) = shell.answer("ps | grep sleep").splitlines()
    assert line.split()[-1] == "sleep"
    assert shell.answer(f"kill {line.split()[0]}; wait") == ""
    assert shell.answer("ps | grep sleep") == ""


def test_end_of_file_ends_a_command(shell: Terminal) -> None:
    shell.type("cat\n")
    shell.see("cat\n")
    shell.type("one\n")
    shell.see("one\none\n")
    shell.type(END)
    assert shell.until_prompt() == ""


def test_end_of_file_ends_the_shell(shell: Terminal) -> None:
    """And init starts another."""
    assert shell.answer("nothing") == "sh: nothing: not found\n"
    shell.type(END)
    assert shell.until_prompt() == "\ninit: sh ended with status 127\ninit: starting sh\n"


def test_list_of_processes(shell: Terminal) -> None:
    """It disturbs neither the shell nor the line that is being typed."""
    shell.type(f"echo a{LIST}")
    shell.see("echo a")
    assert shell.see("\necho a").startswith("\ncowshed: pid 1 ")
    shell.type("b\n")
    assert shell.until_prompt() == "b\nab\n"


def test_long_lines(shell: Terminal) -> None:
    words = "x" * 900
    assert shell.answer(f"echo {words}") == f"{words}\n"
    assert shell.answer("echo " + "y" * 3000).startswith("sh: the line is longer than ")
    assert shell.answer("echo on") == "on\n"


def test_typed_ahead(shell: Terminal) -> None:
    """What is typed while a command runs is for the next one that reads."""
    shell.type("sleep 3; echo one\necho two\n")
    shell.see("\none\n$ two\n")
    shell.until_prompt()


# ^C. A process that is to be killed has said something first, or is the shell's only child: so it is
# there.


def start(shell: Terminal, line: str, ready: str = "ready\n") -> None:
    shell.type(line + "\n")
    shell.see(line + "\n")
    shell.see(ready)


def interrupt(shell: Terminal, screen: str = "^C\n") -> None:
    """Type ^C; the next prompt comes behind it, and what ran before is gone, or is about to go."""
    shell.type(INTERRUPT)
    assert shell.until_prompt() == screen
    deadline = time.monotonic() + SECONDS
    while names_of_processes(shell) != ["init", "sh", "ps"]:
        assert time.monotonic() < deadline, names_of_processes(shell)


def names_of_processes(shell: Terminal) -> list[str]:
    return [line.split()[-1] for line in shell.answer("ps").splitlines()[1:]]


def test_interrupt_drops_the_line(shell: Terminal) -> None:
    for typed in "", "echo no", f"echo nx{BACKSPACE}o":
        shell.type(typed + INTERRUPT)
        assert shell.until_prompt() == typed.replace(BACKSPACE, ERASE) + "^C\n"
    shell.type(f"ech{END}o no{INTERRUPT}")
    assert shell.until_prompt() == "echo no^C\n"
    assert shell.answer("echo yes") == "yes\n"


@pytest.mark.parametrize("what, times", [("spin", 1), ("nest", 1), ("multiply", 5)])
def test_interrupt_kills_what_runs(shell: Terminal, what: str, times: int) -> None:
    for _ in range(times):
        start(shell, f"/tests/interrupt {what}")
        interrupt(shell)


def test_interrupt_kills_what_waits(shell: Terminal) -> None:
    start(shell, "cat", "")
    shell.type("one\n")
    shell.see("one\none\n")
    shell.type("tw")
    shell.see("tw")
    interrupt(shell)
    for line in "sleep 100000", "cat | cat | wc", "(sleep 100000)":
        start(shell, line, "")
        interrupt(shell)


@pytest.mark.parametrize(
    "line",
    [
        "{}; echo no",
        "{} || echo no",
        "{}; exit",
        "{} || exit",
        "{} | cat; echo no",
        "({}; echo no); echo no",
        "({} || echo no) | cat || echo no",
        "sh -c '{}; echo no'; echo no",
        "echo '{}; echo no' > s; sh s; echo no",
        "echo '#!' > s; echo '{}; echo no' >> s; ./s; echo no",
    ],
)
def test_interrupt_ends_the_line(shell: Terminal, line: str) -> None:
    start(shell, line.format("/tests/interrupt spin"))
    interrupt(shell)


def test_interrupt_drops_what_was_typed_ahead(shell: Terminal) -> None:
    start(shell, "/tests/interrupt spin")
    shell.type("echo no\necho no\necho n")
    shell.see("echo no\necho no\necho n")
    interrupt(shell)


def test_interrupt_spares_the_background(shell: Terminal) -> None:
    """However it was put there, and what it starts itself."""
    lines = [
        "/tests/interrupt spin &",
        "/tests/interrupt nest | cat &",
        "(/tests/interrupt spin & cat)",
    ]
    for line in lines[:2]:
        start(shell, line)
    start(shell, lines[2])
    shell.type(INTERRUPT)
    shell.see("^C\n")
    shell.until_prompt()
    processes = [line.split() for line in shell.answer("ps").splitlines()[1:]]
    running = [words[0] for words in processes if words[-1] == "interrupt"]
    assert len(running) == 1 + 6 + 1
    assert sum(words[-1] == "cat" for words in processes) == 1
    start(shell, "wait", "")
    shell.type(INTERRUPT)
    assert shell.until_prompt() == "^C\n"
    others = [words[0] for words in processes if words[-1] == "cat"]
    shells = [words[0] for words in processes if words[-1] == "sh"][1:]
    assert shell.answer(f"kill {' '.join(running + others + shells)}; wait") == ""
    interrupt(shell)


def test_interrupt_of_shells_within_shells(shell: Terminal) -> None:
    """One that shows prompts goes on; one from elsewhere is killed with what it runs."""
    assert shell.answer("sh") == ""
    start(shell, "/tests/interrupt spin")
    shell.type(INTERRUPT)
    assert shell.until_prompt() == "^C\n"
    shell.type(INTERRUPT)
    assert shell.until_prompt() == "^C\n"
    assert shell.answer("exit") == ""
    start(shell, "/tests/interrupt shell", "? ")
    interrupt(shell)
    start(shell, "/tests/interrupt shell", "? ")
    start(shell, "any")
    interrupt(shell)


def test_interrupt_of_a_program_that_is_shielded(shell: Terminal) -> None:
    """It gets an empty line."""
    start(shell, "/tests/interrupt shielded")
    for typed, got in ("one\n", "one\n"), (f"tw{INTERRUPT}", "\n"), (INTERRUPT, "\n"):
        shell.type(typed)
        shell.see(f"{typed.replace(INTERRUPT, '^C' + chr(10))}<{got}>\n")
    shell.type("end\n")
    assert shell.until_prompt() == "end\n<end\n>\n"


def test_interrupts_without_end(shell: Terminal) -> None:
    """One after the other, while the shell starts processes."""
    for _ in range(20):
        shell.type(f"echo a | cat; cat\n{3 * INTERRUPT}")
    shell.type("echo 'the'' end'\n")
    shell.see("the end\n")
    shell.until_prompt()
    interrupt(shell)


def test_what_was_written_is_there_in_the_next_boot(tmp_path: Path) -> None:
    disk = tmp_path / "disk.img"
    shutil.copyfile(IMAGE, disk)
    command = command_of(Options(any_variant(), disk="virtio"), disk)
    with terminal(command) as first:
        first.until_prompt()
        first.answer("echo kept > /note")
        first.type("poweroff\n")
        assert first.status() == 0
    with terminal(command) as second:
        second.until_prompt()
        assert second.answer("cat /note") == "kept\n"


def ran_and_waited(pid: int) -> tuple[float, float]:
    """For how many seconds the threads of a process have run, and have waited for a processor."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    times = [(task / "schedstat").read_text().split() for task in tasks]
    return sum(int(t[0]) for t in times) / 1e9, sum(int(t[1]) for t in times) / 1e9


# On one hart: with four, and other tests beside it, it is the computer that is measured.
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.needs(machine.variant))
        for name, machine in MACHINES.items()
        if machine.harts == 1
    ],
)
def test_time_to_the_prompt(name: str, tmp_path: Path) -> None:
    """The shortest of some boots. What it and this test had to wait for a processor does not count;
    since they may wait at the same time, at least what the machine has run does."""
    machine = MACHINES[name]
    disk = tmp_path / "disk.img"
    shutil.copyfile(IMAGE, disk)
    times: list[float] = []
    while len(times) < 5:
        start = time.monotonic() - ran_and_waited(os.getpid())[1]
        with terminal(command_of(machine, disk)) as booted:
            booted.until_prompt()
            end = time.monotonic() - ran_and_waited(os.getpid())[1]
            ran, waited = ran_and_waited(booted.child.pid)
            times.append(max(end - start - waited, ran))
    assert min(times) <= BOOT_BUDGET, times
