"""The processes that tests start. None of them outlives its test, whatever session or group it is in and
whoever its parent was: this process adopts all whose parents end, so that it finds them below itself."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.host import interrupts

PR_SET_CHILD_SUBREAPER = 36  # of prctl(2)
POLL_SECONDS = 0.01
SECONDS_FOR_SIGTERM = 2.0


def adopt_orphans() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def give_default_signals() -> None:
    """Let what is started from here have the usual signals, where this process ignores some (nohup, jobs of
    scripts, many CI systems). It goes on to ignore them: a handler does not outlive exec."""
    interrupts.end_like_interrupt()
    for number in interrupts.SIGNALS:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda number, frame: None)


def below(top: int) -> Iterator[int]:
    """The descendants of a process, dead ones that nobody waited for among them."""
    for children in Path(f"/proc/{top}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from below(child)


def is_alive(pid: int) -> bool:
    """Whether it is there, and not dead with nobody who waited for it."""
    with suppress(OSError):
        return _stat(pid)[0] not in ("Z", "X")
    return False


def _stat(pid: int) -> list[str]:
    """State, parent, process group, ... of a process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def words_of(pid: int) -> list[str]:
    """Its command line; nothing where it has ended."""
    with suppress(OSError):
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")[:-1]
    return []


def wait_until_gone(spare: set[int], seconds: float) -> set[int]:
    """Wait until nothing runs below this process but what is spared; gives what still does."""
    deadline = time.monotonic() + seconds
    while left := _running(spare):
        if time.monotonic() > deadline:
            break
        time.sleep(POLL_SECONDS)
    return left


def kill(spare: set[int]) -> None:
    """End all below this process but what is spared. A make or compiler that got SIGTERM removes the file
    that it has half written."""
    number = signal.SIGTERM
    while left := _running(spare):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        wait_until_gone(spare, SECONDS_FOR_SIGTERM)
        number = signal.SIGKILL


def _running(spare: set[int]) -> set[int]:
    """Those that are alive; the dead that came to this process are buried."""
    found = set(below(os.getpid())) - spare
    for pid in found:
        with suppress(OSError):
            state, parent, *_ = _stat(pid)
            if state == "Z" and int(parent) == os.getpid():
                os.waitpid(pid, os.WNOHANG)
    return set(filter(is_alive, found))


@contextmanager
def busy_host() -> Iterator[None]:
    """More busy processes than CPUs."""
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range((os.cpu_count() or 1) + 1)]
    yield
    for process in busy:
        process.kill()
        process.wait()
