"""make run, make qemu and make qemu-gdb as far as they go without a machine: what is refused, what is
shown, which status comes out. The machines are shell scripts."""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.host.options import Options, VariableError
from bench.host.running.machine import ROOT, MachineConfig
from tests.support.scripts import make_script
from tools import commands, variables
from tools.machines import build, qemu
from tools.machines.console import Screen, keyboard

BOOT = r"printf '\r\nOpenSBI\r\ncowshed: boot: fake\r\n'; "


# Variables.


def parse(*words: str) -> Options:
    """Of make run. Of a word that comes twice the last one counts."""
    return variables.parse("run", ["CMD=x", *words])


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("CPUS=0", "CPUS=0 is not a number from 1 to 8"),
        ("CPUS=9", "from 1 to 8"),
        ("CPUS=two", "from 1 to 8"),
        ("CPUS=-1", "from 1 to 8"),
        ("CPUS=" + "9" * 5000, "from 1 to 8"),
        ("MEM=abc", "MEM=abc is not a size of memory from 16M to 64G, such as 128M or 2G"),
        ("MEM=128", "such as 128M"),
        ("MEM=8M", "from 16M"),
        ("MEM=65G", "to 64G"),
        ("MEM=64m", "such as 128M"),
        ("MEM=40M DISK=ram", "MEM=40M is too little for a disk in memory: 48M is needed"),
        ("VARIANT=lazy", "VARIANT=lazy is not a variant; there are: eager cow-around cow-array"),
        ("VARIANT=../eager", "is not a variant"),
        ("DISK=floppy", "DISK=floppy is none of: virtio ram"),
        ("LAZY=yes", "LAZY=yes can be 0 or 1, or be left out"),
        ("DEBUG=2", "DEBUG=2 can be 0 or 1"),
        ("TIMEOUT=0", "TIMEOUT=0 is not a number of seconds"),
        ("TIMEOUT=-5", "is not a number of seconds"),
        ("TIMEOUT=nan", "is not a number of seconds"),
        ("CMD=  ", "CMD=   is empty"),
        ("CMD=", "CMD= is missing: what to type to the shell, in quotes"),
        ("PROGS=nothing.c", "PROGS: there is no file nothing.c"),
        ("PROGS=README.md", "README.md is not a C source"),
        ("PROGS=docs", "docs is a folder without a C source"),
        ("PROGS=a:b.c", "PROGS: a:b.c has the character ':' in its path"),
        ("CPU=4", "CPU=4 is not a variable of run, which takes: VARIANT CPUS MEM LAZY"),
        ("CPU=4", "; CPUS=4 is meant?"),
        ("ls", "ls is not a variable of run"),
        ("GDB_PORT=26000", "GDB_PORT=26000 is not a variable of run"),
    ],
)
def test_bad_words_are_refused_with_the_reason(word: str, reason: str) -> None:
    with pytest.raises(VariableError) as error:
        parse(*(word.split(" ") if "DISK=" in word else [word]))
    assert reason in str(error.value)


def test_two_programs_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for path in (tmp_path / "a.c", tmp_path / "other" / "a.c"):
        path.touch()
    with pytest.raises(VariableError, match="would both become the program a"):
        parse(f"PROGS={tmp_path}/a.c {tmp_path}/other/a.c")


def test_variables_that_are_empty_are_as_good_as_none() -> None:
    names = [variable.name for variable in variables.variables_of("run")]
    assert parse(*(f"{name}=" for name in names if name != "CMD")) == parse()
    assert parse("LAZY=0", "DEBUG=0") == parse() == Options(command="x", python="/usr/bin/python3")


def test_words_become_a_machine(tmp_path: Path) -> None:
    words = "VARIANT=eager CPUS=4 MEM=1G LAZY=1 DISK=virtio DEBUG=1 TIMEOUT=2.5"
    wanted = parse(*words.split())
    assert (wanted.variant, wanted.harts, wanted.memory, wanted.timeout) == ("eager", 4, "1G", 2.5)
    config = build.machine(wanted, tmp_path / "disk", "/bin/sh", "/script")
    assert config.kernel.parent.name == "eager-lazy-debug"
    assert (config.harts, config.memory, config.free_running) == (4, "1G", True)
    assert config.initrd is None and config.disks[0].image == tmp_path / "disk"
    assert config.bootargs == "init=/init -- /bin/sh /script"
    ram = build.machine(parse("DISK=ram"), tmp_path / "disk")
    assert ram.initrd == tmp_path / "disk" and not ram.disks


def test_limit_of_harts_is_the_kernels() -> None:
    text = (ROOT / "kernel/arch/types.h").read_text()
    assert f"#define MAX_HARTS {variables.MAX_HARTS}\n" in text


# What is shown.


def shown(*parts: bytes) -> bytes:
    out = io.BytesIO()
    screen = Screen(out)
    for part in parts:
        screen.show(part)
    screen.finish()
    return out.getvalue()


def test_screen_leaves_the_firmware_out() -> None:
    console = b"\r\nOpenSBI v1.1\r\ncowshed: boot: x\r\nhello\r\n"
    expected = b"cowshed: boot: x\nhello\n"
    assert shown(console) == expected
    assert shown(*[console[i : i + 1] for i in range(len(console))]) == expected
    assert shown(console[2:]) == expected


def test_screen_shows_text_before_its_line_is_complete() -> None:
    out = io.BytesIO()
    screen = Screen(out)
    screen.show(b"cowshed: boot\r\nWhat is your name? ")
    assert out.getvalue() == b"cowshed: boot\nWhat is your name? "


def test_screen_shows_the_firmware_when_nothing_else_came() -> None:
    assert shown(b"OpenSBI\r\n", b"no memory") == b"OpenSBI\nno memory"


def test_screen_keeps_bytes_that_are_no_text() -> None:
    assert shown(b"cowshed: x\n\xff\x00\r.\r") == b"cowshed: x\n\xff\x00\r.\r"


# Statuses, and what is said of them.


Fake = Callable[..., int]  # runs the program, and gives its status


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Makes make run start a shell script in place of a machine; gives how to run it."""
    kernel = tmp_path / "kernel.elf"
    kernel.touch()

    def run_fake(body: str, *words: str) -> int:
        script = make_script(tmp_path / "qemu", body)

        @contextmanager
        def machine_for(wanted: Options, command: str, **options: float) -> Iterator[MachineConfig]:
            yield MachineConfig(kernel=kernel, qemu=script, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(build, "machine_for", machine_for)
        with open(os.devnull) as nothing:
            monkeypatch.setattr(sys, "stdin", nothing)
            return commands.main(["run", "CMD=x", *words])

    return run_fake


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_status_is_the_machines(fake: Fake, capfd: pytest.CaptureFixture[str], status: int) -> None:
    assert fake(BOOT + f"echo hello; exit {status}") == status
    assert capfd.readouterr() == ("cowshed: boot: fake\nhello\n", "")


def test_time_out_says_so(fake: Fake, capfd: pytest.CaptureFixture[str]) -> None:
    start = time.monotonic()
    assert fake(BOOT + "echo begun; sleep 600", "TIMEOUT=0.5") == 124
    assert time.monotonic() - start < 5
    out, err = capfd.readouterr()
    assert out.endswith("begun\n")
    assert err == "run: no end after 0.5 s: killed (TIMEOUT=n gives it n seconds)\n"


def test_machine_that_does_not_start(fake: Fake, capfd: pytest.CaptureFixture[str]) -> None:
    assert fake("echo 'cannot set up guest memory' >&2; exit 1") == 125
    assert "run: QEMU says: cannot set up guest memory" in capfd.readouterr().err
    assert fake("echo OpenSBI; exit 0") == 125
    out, err = capfd.readouterr()
    assert out == "OpenSBI\n" and "before the kernel said anything" in err


def test_console_input_is_standard_input(tmp_path: Path) -> None:
    """What comes from a pipe or a file, and then the end of file as one would type it."""
    for text, typed in [(b"a\nb\n", b"a\nb\n\x04"), (b"half", b"half\x04\x04"), (b"", b"\x04")]:
        source = tmp_path / "input"
        source.write_bytes(text)
        started = threading.Event()
        with open(source) as file, keyboard(file.fileno(), started) as reader:
            assert not select.select([reader], [], [], 0.05)[0]  # it would be lost
            started.set()
            received = b""
            while len(received) < len(typed):
                received += os.read(reader, 100)
        assert received == typed


def test_no_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["run"]) == 125
    assert "run: error: CMD= is missing" in capsys.readouterr().err


# make.


def make(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        ["make", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        **options,
    )
    return done


@pytest.mark.parametrize("status", [0, 1, 7, 124, 255])
def test_status_is_exact_without_make_alone(tmp_path: Path, status: int) -> None:
    """A script stands in for Python."""
    python = make_script(tmp_path / "python", f"exit {status}")
    words = ["run", "CMD=x", f"PYTHON={python}"]
    alone = subprocess.run([ROOT / "cowshed", *words], capture_output=True, text=True, timeout=60)
    assert (alone.returncode, alone.stdout, alone.stderr) == (status, "", "")
    done = make(*words)
    assert (done.returncode, done.stdout) == (2 if status else 0, "")
    assert bool(re.fullmatch(r"make: \*\*\* .* Error \d+\n|", done.stderr))


def test_every_command_of_make_is_one_of_cowshed() -> None:
    text = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    (names,) = re.findall(r"^COMMANDS := (.*)", text, re.MULTILINE)
    assert set(names.split()) == commands.COMMANDS.keys()
    assert {name for each in variables.TABLE for name in each.commands.split()} <= set(
        names.split()
    )


def test_bad_variable_reaches_the_user_of_make() -> None:
    done = make("run", "CMD=ls", "CPUS=0")
    assert done.returncode == 2
    assert done.stderr.startswith("run: error: CPUS=0 is not a number from 1 to 8\n")
    done = make("qemu", "MEM=abc")
    assert done.returncode == 2
    assert "qemu: error: MEM=abc is not a size of memory" in done.stderr


# The disk of make qemu.


def disks(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_disk_is_kept_until_there_is_another_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(system: str) -> Path:
        (tmp_path / "new.img").write_text(system)
        return qemu.keep(tmp_path / "new.img", tmp_path)

    disk = start("one")
    assert disk.read_text() == "one"
    disk.write_text("one, and my work")
    assert start("one").read_text() == "one, and my work"
    assert capsys.readouterr().out == ""
    assert start("two").read_text() == "two"
    assert disks(tmp_path)["disk.old.img"] == "one, and my work"
    assert "yours is kept as" in capsys.readouterr().out
    assert start("three").read_text() == "three"  # nothing was written to the second
    assert disks(tmp_path)["disk.old.img"] == "one, and my work"
    assert capsys.readouterr().out == ""


# The port for gdb.


def test_port_that_is_taken_is_refused() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(VariableError, match=f"GDB_PORT={port} cannot be used: Address already"):
            qemu.free_port(port)
        assert qemu.free_port(None) != port
