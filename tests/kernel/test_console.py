"""The console: what is typed, what the screen shows of it, what programs read, and what they write.

A machine's console is a pair of pipes here, so each byte arrives as it was sent.
"""

from __future__ import annotations

import fcntl
import re
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from pexpect import EOF
from pexpect.popen_spawn import PopenSpawn

from bench.host.running.machine import BUILD, MachineConfig, boot_arguments, kernel_path, run
from tests.guest.guest_machine import any_variant
from tests.kernel.devicetree import of_machine

PROGRAM = "/tests/console"
ERASE = b"\b \b"
SECONDS = 60  # for a machine that does not say what it should

# Of pexpect itself.
pytestmark = pytest.mark.filterwarnings("ignore:setDaemon")


Console = Literal["interrupts", "polled"]


def config(
    *arguments: str,
    harts: int = 1,
    debug: bool = True,
    free_running: bool = True,
    extra: tuple[str, ...] = (),
    console: Console = "interrupts",
) -> MachineConfig:
    return MachineConfig(
        kernel=kernel_path(any_variant(), debug=debug),
        initrd=BUILD / "tests.img",
        bootargs=boot_arguments(PROGRAM, *arguments, console=console),
        memory="64M",
        harts=harts,
        free_running=free_running,
        time_limit=SECONDS,
        extra=extra,
    )


@contextmanager
def terminal(machine: MachineConfig) -> Iterator[PopenSpawn]:
    """The machine's console, to be typed into. The machine is ended on the way out."""
    child = PopenSpawn(machine.command(), timeout=SECONDS)
    try:
        yield child
    finally:
        child.proc.kill()
        child.proc.wait()
        child.proc.stdin.close()


def status_of(child: PopenSpawn) -> int:
    child.expect(EOF)
    return int(child.proc.wait())


def see(child: PopenSpawn, text: bytes) -> None:
    """These bytes and no others come next."""
    child.expect_exact(text)
    assert child.before == b"", f"before {text!r} came {child.before!r}"


def begin(child: PopenSpawn, text: bytes) -> None:
    """The program has started and says this."""
    child.expect_exact(text)


# Lines.

EDITING = {
    "line": (b"hello\r", b"hello\n", b"hello\\0a"),
    "newline": (b"hello\n", b"hello\n", b"hello\\0a"),
    "empty": (b"\r", b"\n", b"\\0a"),
    "backspace": (b"abd\bc\r", b"abd" + ERASE + b"c\n", b"abc\\0a"),
    "delete": (b"abd\x7fc\r", b"abd" + ERASE + b"c\n", b"abc\\0a"),
    "nothing_to_erase": (b"a\x7f\x7f\x7fb\r", b"a" + ERASE + b"b\n", b"b\\0a"),
    "kill": (b"abc\x15de\r", b"abc" + 3 * ERASE + b"de\n", b"de\\0a"),
    "kill_nothing": (b"\x15\x15a\r", b"a\n", b"a\\0a"),
    "interrupt": (b"abc\x03de\r", b"abc^C\nde\n", b"de\\0a"),
    "control_character": (b"a\x01\x7fb\x1b\r", b"a^A" + 2 * ERASE + b"b^[\n", b"ab\\1b\\0a"),
    "tab": (b"\t\tx\x7f\x7f\r", b"  x" + 2 * ERASE + b"\n", b"\\09\\0a"),
    "utf8": ("aé€\x7f\x7fb\r".encode(), "aé€".encode() + 2 * ERASE + b"b\n", b"ab\\0a"),
    "utf8_stays": ("ü\r".encode(), "ü\n".encode(), b"\\c3\\bc\\0a"),
    "all_at_once": (1000 * b"x" + b"\x15y\r", 1000 * b"x" + 1000 * ERASE + b"y\n", b"y\\0a"),
}


@pytest.fixture(scope="module")
def typist() -> Iterator[PopenSpawn]:
    with terminal(config("lines", "64")) as child:
        begin(child, b"? ")
        yield child


@pytest.mark.xdist_group("console")
@pytest.mark.parametrize("name", EDITING)
def test_editing(typist: PopenSpawn, name: str) -> None:
    typed, screen, line = EDITING[name]
    typist.send(typed)
    see(typist, screen)
    length = len(re.sub(rb"\\..", b"x", line))
    see(typist, b"<%d:%s>? " % (length, line))


@pytest.mark.xdist_group("console")
@pytest.mark.parametrize(
    "steps",
    [
        [(b"abc\x04", b"abc<3:abc>? ")],
        [(b"\x04", b"<0:>? ")],
        [(b"ab\x04", b"ab<2:ab>? "), (b"\x04", b"<0:>? ")],
        [(b"ab\r", b"ab\n<3:ab\\0a>? "), (b"\x04", b"<0:>? ")],
        [(b"ab\x15\x04", b"ab" + 2 * ERASE + b"<0:>? ")],
    ],
    ids=lambda steps: b"".join(typed for typed, screen in steps).hex("."),
)
def test_end_of_file(typist: PopenSpawn, steps: list[tuple[bytes, bytes]]) -> None:
    """It ends one read, and the next one goes on as ever."""
    for typed, screen in [*steps, (b"on\r", b"on\n<3:on\\0a>? ")]:
        typist.send(typed)
        see(typist, screen)


@pytest.mark.xdist_group("console")
def test_list_of_processes(typist: PopenSpawn) -> None:
    """It does not disturb what is being typed."""
    typist.send(b"hel")
    see(typist, b"hel")
    typist.send(b"\x10")
    see(typist, b"\ncowshed: pid 1 blocked console\nhel")
    typist.send(b"lo\r")
    see(typist, b"lo\n<6:hello\\0a>? ")


def test_reads_that_take_a_part() -> None:
    with terminal(config("lines", "4")) as child:
        begin(child, b"? ")
        child.send(b"abcdefg\r")
        see(child, b"abcdefg\n<4:abcd>? <4:efg\\0a>? ")
        child.send(b"abcd\r")
        see(child, b"abcd\n<4:abcd>? <1:\\0a>? ")
        child.send(b"abcd\x04")
        see(child, b"abcd<4:abcd>? ")  # and no end of file
        child.send(b"quit\r")
        see(child, b"quit\n<4:quit>")
        assert status_of(child) == 0


def test_typed_ahead() -> None:
    with terminal(config("later")) as child:
        begin(child, b"now")
        child.send(b"one\rtwx\bo\rqu")
        see(child, b"one\ntwx" + ERASE + b"o\nqu? <4:one\\0a>? <4:two\\0a>? ")
        child.send(b"it\r")
        see(child, b"it\n<5:quit\\0a>")
        assert status_of(child) == 0


def hash_of(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value * 31 + byte) % 2**64
    return value


@pytest.mark.parametrize("harts", [1, 4])
@pytest.mark.parametrize("width", [70, 1023, 1024, 1025, 5000])
def test_nothing_of_a_long_input_is_lost(harts: int, width: int) -> None:
    """Lines of any length, and more of them than there is room for."""
    line = bytes(33 + i % 90 for i in range(width)) + b"\n"
    text = line * (30_000 // width)
    with terminal(config("checksum", harts=harts)) as child:
        begin(child, b"ready")
        child.send(text + b"\x04")
        see(child, text + b"<%d bytes, hash %d>" % (len(text), hash_of(text)))
        assert status_of(child) == 0


# Several processes.


@pytest.mark.parametrize("harts", [1, 4])
def test_each_line_has_one_reader(harts: int) -> None:
    typed = [b"line %d" % i for i in range(6)]
    with terminal(config("readers", "6", harts=harts)) as child:
        begin(child, b"ready")
        child.send(b"".join(line + b"\r" for line in typed))
        assert status_of(child) == 0
        assert sorted(re.findall(rb"<7:(line \d)\\0a>", child.before)) == typed


@pytest.mark.parametrize("harts", [1, 4])
def test_killed_reader(harts: int) -> None:
    with terminal(config("killed", harts=harts)) as child:
        begin(child, b"ready")
        child.send(b"mine\r")
        see(child, b"mine\n<5:mine\\0a>")
        assert status_of(child) == 0


def test_bad_pointers() -> None:
    """The line that could not be copied is there for the next read."""
    with terminal(config("pointers")) as child:
        begin(child, b"ready")
        child.send(b"kept\r")
        see(child, b"kept\n<5:kept\\0a>")
        assert status_of(child) == 0


# Output.


def check_lines(text: bytes, writers: int, killed: int) -> None:
    """All lines of `console print` are there, whole, and each writer's in order."""
    numbers: dict[int, list[int]] = {}
    reports = 0
    for line in text.splitlines():
        if re.fullmatch(
            rb"cowshed: pid \d+ \(console\) killed: invalid access.* at [0-9a-f]+", line
        ):
            reports += 1
            continue
        match = re.fullmatch(rb"#(\d)(\d{3})(([a-z])\4{392})~", line)
        assert match, line
        writer, number = int(match[1]), int(match[2])
        assert match[4] == bytes([ord("a") + (writer + number) % 26])
        numbers.setdefault(writer, []).append(number)
    assert numbers == {writer: list(range(100)) for writer in range(writers)}
    assert reports == killed


@pytest.mark.parametrize("console", ["interrupts", "polled"])
@pytest.mark.parametrize(("harts", "free_running"), [(1, False), (4, True)])
def test_lines_of_many_writers(harts: int, free_running: bool, console: Console) -> None:
    """Those of processes and those of the kernel."""
    outcome = run(
        config("print", "5", harts=harts, free_running=free_running, debug=False, console=console)
    )
    assert outcome.status == 0
    first = next(i for i, line in enumerate(outcome.lines) if line.startswith("cowshed: boot:"))
    check_lines("\n".join(outcome.lines[first + 1 :]).encode(), writers=5, killed=50)


def bytes_waiting(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    return int(struct.unpack("i", fcntl.ioctl(process.stdout, termios.FIONREAD, b"    "))[0])


def read_late(machine: MachineConfig, silence: Callable[[], None]) -> tuple[list[bytes], int]:
    """The lines of a machine of which nobody reads anything until its console is full and silence()
    returns, and its status."""
    with subprocess.Popen(
        machine.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pipesize=4096
    ) as process:
        try:
            deadline = time.monotonic() + SECONDS
            while bytes_waiting(process) < 4000 and time.monotonic() < deadline:
                time.sleep(0.05)
            silence()
            text, _ = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    lines = text.split(b"\n")
    boot = next(i for i, line in enumerate(lines) if line.startswith(b"cowshed: boot:"))
    return lines[boot + 1 :], process.returncode


def ticks_of(log: Path, hart: int) -> int:
    """How many timer interrupts a hart has taken, by QEMU's log of interrupts."""
    return len(re.findall(rf"hart:{hart}, async:1, cause:0*5,", log.read_text()))


def wait_for_ticks(log: Path, harts: int, count: int) -> None:
    """Wait until each hart has taken so many timer interrupts more. Time that passes here says
    nothing: on a busy computer a machine may not get a processor meanwhile."""
    deadline = time.monotonic() + SECONDS
    wanted = {hart: ticks_of(log, hart) + count for hart in range(harts)}
    while any(ticks_of(log, hart) < ticks for hart, ticks in wanted.items()):
        assert time.monotonic() < deadline, "a hart takes no timer interrupts"
        time.sleep(0.05)


def check_flood(lines: list[bytes]) -> int:
    """The lines of `console flood` are whole. How many ticks its last ones had to wait."""
    said = re.fullmatch(rb"said (\d+) ticks later", lines[-2])
    assert said, lines[-2]
    # The last line of the writer may be cut where it was killed: between two pieces of it.
    *whole, cut, second, third = lines[:-3]
    assert re.search(rb"#1000b{393}~$", cut)
    assert (second, third) == (b"#1001" + b"c" * 393 + b"~", b"#1002" + b"d" * 393 + b"~")
    for i, line in enumerate(whole):
        assert line.startswith(b"#0%03d" % (i % 1000)) and len(line) == 399, line
    return int(said[1])


@pytest.mark.parametrize("harts", [1, 4])
def test_writer_that_waits_is_killed(harts: int, tmp_path: Path) -> None:
    """And another process goes on, both before anybody reads the console."""
    log = tmp_path / "interrupts"
    machine = config("flood", harts=harts, debug=False, extra=("-d", "int", "-D", str(log)))
    lines, status = read_late(machine, lambda: wait_for_ticks(log, harts, 20))
    assert check_flood(lines) >= 3
    assert status == 0


@pytest.mark.parametrize("console", ["interrupts", "polled"])
def test_polled_output_interrupts_nobody(console: Console, tmp_path: Path) -> None:
    log = tmp_path / "interrupts"
    extra = ("-d", "int", "-D", str(log))
    assert run(config("last", debug=False, console=console, extra=extra)).status == 7
    # Cause 9 is the external interrupt of the kernel's mode.
    found = re.search(r"async:1, cause:0*9,", log.read_text())
    assert bool(found) == (console == "interrupts")


@pytest.mark.parametrize("harts", [1, 4])
def test_kernel_text_that_finds_no_room(harts: int) -> None:
    machine = config("faults", "400", harts=harts, debug=False)
    lines, status = read_late(machine, lambda: time.sleep(2))
    pids = [re.fullmatch(rb"cowshed: pid (\d+) .* killed: .* at [0-9a-f]+", s) for s in lines[:-1]]
    assert [pid and int(pid[1]) for pid in pids] == list(range(2, 402))
    assert lines[-1] == b"" and status == 0


@pytest.mark.parametrize("harts", [1, 4])
def test_all_is_said_before_the_end(harts: int) -> None:
    outcome = run(config("last", harts=harts, debug=False))
    assert outcome.status == 7
    assert [line[:5] for line in outcome.lines[-20:]] == [f"#1{i:03d}" for i in range(20)]
    assert outcome.lines[-1].endswith("~")


# Machines with less.


def without_plic(tree: bytes) -> bytes:
    for name in (b"sifive,plic-1.0.0", b"riscv,plic0"):
        assert tree.count(name) == 1
        tree = tree.replace(name, name[:-1] + b"x")
    return tree


def without_uart_interrupt(tree: bytes) -> bytes:
    """Its property, number 10, becomes four NOPs of the devicetree's format."""
    (strings,) = struct.unpack_from(">I", tree, 12)
    name = tree.index(b"\0interrupts\0", strings) + 1 - strings
    interrupts = struct.pack(">IIII", 3, 4, name, 10)
    assert tree.count(interrupts) == 1
    return tree.replace(interrupts, struct.pack(">IIII", 4, 4, 4, 4))


@pytest.mark.parametrize("change", [without_plic, without_uart_interrupt])
@pytest.mark.parametrize("harts", [1, 4])
def test_console_without_interrupts(change, harts: int, tmp_path: Path) -> None:  # type: ignore
    """Output is polled, and a read fails instead of waiting for ever."""
    machine = config("killed", harts=harts, debug=False)
    tree = tmp_path / "changed.dtb"
    tree.write_bytes(change(of_machine(tmp_path, machine)))
    outcome = run(config("last", harts=harts, debug=False, extra=("-dtb", str(tree))))
    assert outcome.status == 7
    assert any("there is no input" in line for line in outcome.lines)
    assert ("PLIC" in "\n".join(outcome.lines)) == (change is without_plic)
    assert [line[:5] for line in outcome.lines[-20:]] == [f"#1{i:03d}" for i in range(20)]
    reading = run(config("checksum", harts=harts, debug=False, extra=("-dtb", str(tree))))
    assert reading.status == 0
    assert reading.lines[-1].startswith("ready<0 bytes")
