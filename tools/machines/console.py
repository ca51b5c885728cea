"""A machine's console and the user's terminal: what is shown, and what is typed."""

from __future__ import annotations

import os
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

KERNEL = b"cowshed: "  # how every line of the kernel itself begins
END_OF_FILE = b"\x04"  # ^D


class Screen:
    """Shows a console as it comes, from the kernel's first line on.

    What the firmware says before is held back. It is shown after all by `finish`, when nothing else
    came: then it is all that tells what went wrong.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._held = b""
        self.started = threading.Event()  # the kernel's first line has come

    def show(self, data: bytes) -> None:
        data = self._held + data
        self._held = b""
        if not self.started.is_set():
            first = (b"\n" + data).find(b"\n" + KERNEL)
            if first < 0:
                self._held = data
                return
            data = data[first:]
            self.started.set()
        if data.endswith(b"\r"):  # the first half of a line end
            data, self._held = data[:-1], b"\r"
        self._write(data)

    def finish(self) -> None:
        self._write(self._held)
        self._held = b""

    def _write(self, data: bytes) -> None:
        if data:
            self._out.write(data.replace(b"\r\n", b"\n"))
            self._out.flush()


def _is_in_foreground(file: int) -> bool:
    """Whether this process may read from a terminal; others are stopped when they try."""
    try:
        return os.tcgetpgrp(file) == os.getpgrp()
    except OSError:
        return False


@contextmanager
def keyboard(source: int, started: threading.Event) -> Iterator[int]:
    """A file that a machine reads its console from: what is typed, or what comes from a pipe or a
    file with an end of file (^D) after it. A terminal is as before in the end.

    Nothing is given to a machine that has not started: its serial port would lose it. Of a terminal
    in whose background this program runs, nothing is read.
    """
    terminal = os.isatty(source)
    reader, writer = os.pipe()
    saved = None
    try:
        if terminal and _is_in_foreground(source):
            saved = termios.tcgetattr(source)
            tty.setcbreak(source, termios.TCSADRAIN)  # the machine echoes; ^C is still for us
        if not terminal or saved:
            threading.Thread(target=_pass_on, args=(source, writer, started), daemon=True).start()
        yield reader
    finally:
        os.close(reader)
        if saved:
            termios.tcsetattr(source, termios.TCSADRAIN, saved)


def _pass_on(source: int, writer: int, started: threading.Event) -> None:
    """Until the end of the source, or until nobody reads any more."""
    started.wait()
    last = b"\n"
    try:
        while data := os.read(source, 4096):
            os.write(writer, data)
            last = data[-1:]
        # The first ^D in a line only ends the line.
        os.write(writer, END_OF_FILE if last == b"\n" else 2 * END_OF_FILE)
    except OSError:
        pass
