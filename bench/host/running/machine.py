"""Start a machine in QEMU, read its console line by line, and never leave it running.

    outcome = run(MachineConfig(kernel=kernel_path("cow-reuse"), initrd=Path("build/bench.img"),
                                bootargs=boot_arguments("/bench/runner", "repeat=5")))
    if outcome.status != 0: ...

A machine runs in a process group of its own, which is killed when the time limit is over, when
the console floods, when a callback raises, and when the caller is interrupted.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.host.errors import BenchError
from bench.host.running.turns import Turns

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build"

QEMU = "qemu-system-riscv64"

# How often a waiting run looks at its time limit and at its stop event, in seconds.
POLL_SECONDS = 0.1


class MachineError(BenchError):
    """A machine that could not be started: the message names what is missing."""


def kernel_path(
    variant: str,
    *,
    lazy: bool = False,
    debug: bool = False,
    link_seed: int | None = None,
    build: Path = BUILD,
) -> Path:
    """Where `make build` leaves the kernel of a variant."""
    words = [variant, *["lazy"] * lazy, *["debug"] * debug]
    words += [f"link{link_seed}"] if link_seed else []
    return build / "-".join(words) / "kernel.elf"


def boot_arguments(
    init: str,
    *arguments: str,
    procs: int | None = None,
    shuffle: int | None = None,
    console: Literal["interrupts", "polled"] | None = None,
) -> str:
    """The kernel's command line: words for the kernel, then `--`, then the arguments of init."""
    words = [f"init={init}"]
    if procs is not None:
        words.append(f"procs={procs}")
    if shuffle is not None:
        words.append(f"shuffle={shuffle}")
    if console is not None:
        words.append(f"console={console}")
    return " ".join([*words, "--", *arguments] if arguments else words)


@dataclass(frozen=True)
class Disk:
    """A disk on virtio, whose content is an image. QEMU writes to the image, unless read-only."""

    image: Path
    read_only: bool = False
    write_log: Path | None = None  # gets all writes and flushes, as of Linux's dm-log-writes
    durable: bool = True  # a flush waits for the host's own disk; else only a crash of QEMU is safe

    def options(self, number: int) -> list[str]:
        """QEMU's options for the disk, which is the guest's disk of that number."""
        name = f"disk{number}"
        file: dict[str, object] = {
            "driver": "file",
            "filename": str(self.image),
            "cache": {"no-flush": not self.durable},
        }
        node: dict[str, object] = {"driver": "raw", "node-name": name, "file": file}
        if self.write_log is not None:
            log = {"driver": "file", "filename": str(self.write_log), "cache": file["cache"]}
            node = {"driver": "blklogwrites", "node-name": name, "file": file, "log": log}
        if self.read_only:
            node["read-only"] = file["read-only"] = True
        device = f"virtio-blk-device,drive={name},bus=virtio-mmio-bus.{number}"
        return ["-blockdev", json.dumps(node), "-device", device]


@dataclass(frozen=True)
class MachineConfig:
    """One machine, complete: two runs of equal configurations do the same, unless it runs freely."""

    kernel: Path
    initrd: Path | None = None
    disks: tuple[Disk, ...] = ()
    bootargs: str = ""
    memory: str = "512M"
    harts: int = 1
    # In real time, its harts side by side on the host, for what no two runs must agree on. Else exact:
    # 1 instruction = 1 ns of guest time.
    free_running: bool = False
    time_limit: float = 60.0  # seconds of real time
    max_output: int = 64 << 20  # bytes of console output
    qemu: str = QEMU
    turns: Turns | None = None  # of several exact harts; None: each runs on until it waits
    terminal: bool = False  # the terminal is the console; Ctrl-A x ends the machine
    extra: tuple[str, ...] = ()  # further options for QEMU

    def __post_init__(self) -> None:
        if self.turns is not None and self.harts < 2:
            raise MachineError("a machine of one hart has no turns")
        if self.turns is not None and self.free_running:
            raise MachineError("harts take turns under the exact clock alone")

    def command(self) -> list[str]:
        """QEMU's command line."""
        # The machine dies with the process that started it, even where that is killed.
        words = ["setpriv", "--pdeathsig", "KILL"]
        words += [self.qemu, "-machine", "virt", "-bios", "default"]
        words += ["-m", self.memory, "-smp", str(self.harts)]
        if self.terminal:
            words += ["-nographic", "-no-reboot"]
        else:
            words += ["-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot"]
        if not self.free_running:
            # Without sleep=off the time that an idle hart waits on the host would leak into the
            # guest's cycle counter, and no two runs would be the same.
            words += ["-icount", "shift=0,sleep=off"]
        elif self.harts > 1:
            words += ["-accel", "tcg,thread=multi"]
        words += ["-kernel", str(self.kernel)]
        if self.initrd is not None:
            words += ["-initrd", str(self.initrd)]
        if self.disks:
            words += ["-global", "virtio-mmio.force-legacy=false"]
        for number, disk in enumerate(self.disks):
            words += disk.options(number)
        if self.bootargs:
            words += ["-append", self.bootargs]
        if self.turns is not None:
            words += self.turns.options()
        return words + list(self.extra)


@dataclass(frozen=True)
class Outcome:
    """How a machine ended."""

    status: int | None  # QEMU's exit status, which is init's; None when it was killed from here
    lines: list[str]  # the console, without line ends
    timed_out: bool
    seconds: float  # of real time
    flooded: bool = False  # more console output than the configuration allows
    stopped: bool = False  # by the caller's stop event
    errors: str = ""  # what QEMU itself said on its standard error


def check_files(config: MachineConfig) -> None:
    """Raises MachineError when a file of the machine is missing."""
    if config.turns is not None and not config.turns.plugin.is_file():
        raise MachineError(f"{config.turns.plugin} does not exist: make build/turns.so")
    files = [("kernel", config.kernel), ("initrd", config.initrd)]
    for what, path in files + [("disk", disk.image) for disk in config.disks]:
        if path is not None and not path.is_file():
            raise MachineError(f"{what} {path} does not exist: build it with make build and images")


def run(
    config: MachineConfig,
    on_line: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
    on_data: Callable[[bytes], None] | None = None,
    stdin: int = subprocess.DEVNULL,
) -> Outcome:
    """Run a machine to its end; `on_line` gets each console line as soon as it is complete, and
    `on_data` all that the console says, as it comes. The console's input is the file `stdin`.

    An exception raised by one of them kills the machine and is passed on. Raises MachineError when
    a file or QEMU is missing.
    """
    check_files(config)
    if shutil.which(config.qemu) is None:
        raise MachineError(f"{config.qemu} not found: it is in Debian's package qemu-system-misc")

    console = _Console(on_line, config.max_output)
    timed_out = stopped = False
    start = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            config.command(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            with process.stdout, selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                ended = False
                while not (ended or timed_out or stopped or console.flooded):
                    if selector.select(POLL_SECONDS):
                        data = os.read(process.stdout.fileno(), 1 << 16)
                        if on_data is not None and data:
                            on_data(data)
                        console.feed(data)
                        ended = not data
                    timed_out = not ended and time.monotonic() - start > config.time_limit
                    stopped = not ended and stop is not None and stop.is_set()
                if ended:
                    timed_out = not _ends_within(process, start + config.time_limit)
        finally:
            killed = process.poll() is None
            if killed:
                _kill_group(process)
        console.finish()
        errors.seek(0)
        return Outcome(
            status=None if killed else _shell_status(process.returncode),
            lines=console.lines,
            timed_out=timed_out,
            seconds=time.monotonic() - start,
            flooded=console.flooded,
            stopped=stopped,
            errors=errors.read().decode(errors="replace").strip(),
        )


class _Console:
    """Cuts the bytes of a console into lines."""

    def __init__(self, on_line: Callable[[str], None] | None, max_output: int) -> None:
        self.lines: list[str] = []
        self.flooded = False
        self._on_line = on_line
        self._room = max_output
        self._rest = b""

    def feed(self, data: bytes) -> None:
        self._room -= len(data)
        self.flooded = self._room < 0
        *complete, self._rest = (self._rest + data).split(b"\n")
        for line in complete:
            self._take(line)

    def finish(self) -> None:
        """What came after the last line end is a line too, but nobody is called for it: it may
        be a part of one."""
        if self._rest:
            self.lines.append(_text(self._rest))
            self._rest = b""

    def _take(self, line: bytes) -> None:
        self.lines.append(_text(line))
        if self._on_line is not None:
            self._on_line(self.lines[-1])


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")


def _ends_within(process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Wait for a process that has closed its output."""
    try:
        process.wait(max(deadline - time.monotonic(), POLL_SECONDS))
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a machine that has not been waited for, so that its number is still its own."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _shell_status(returncode: int) -> int:
    """As a shell says it: a process that died of signal n has status 128 + n."""
    return 128 - returncode if returncode < 0 else returncode
