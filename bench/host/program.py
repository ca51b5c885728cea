"""How each program of the project ends when nobody reads its output any more: quietly, by SIGPIPE.

    if __name__ == "__main__":
        program.run(main)
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn, TextIO

# Before a command: it gets SIGTERM when the thread that started it is gone.
TIED = ("setpriv", "--pdeathsig", "TERM")


class OutputClosed(BaseException):
    """Nobody reads the output any more, as behind `| head`. Like KeyboardInterrupt no Exception, so that
    it passes through all that expects trouble with a file, and ends machines on its way."""


class _Output(io.FileIO):
    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise OutputClosed from None


def run(main: Callable[[], int | None]) -> NoReturn:
    """Run a program's `main` and end with its status; 130 after an interrupt that it let pass."""
    for number in (0, 1, 2):
        _open_if_closed(number)
    sys.stdout, sys.stderr = _watched(1, sys.stdout), _watched(2, sys.stderr)
    try:
        try:
            status = main()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except OutputClosed:
        _end_by_sigpipe()
    sys.exit(status)


def _open_if_closed(number: int) -> None:
    """Let a file that was closed from the start be one into which anything may be written: the next
    file that is opened would get its number."""
    try:
        os.fstat(number)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_RDWR), number)


def _watched(number: int, old: TextIO | None) -> TextIO:
    raw = _Output(number, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=old.encoding if old else "utf-8",
        errors=old.errors if old else "replace",
        line_buffering=number == 2 or raw.isatty(),
    )


def _end_by_sigpipe() -> NoReturn:
    """As a program ends that leaves SIGPIPE as it is: shells say 141. What is still buffered is lost."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    os._exit(128 + signal.SIGPIPE)  # where the signal is blocked
