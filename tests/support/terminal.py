"""A machine on a terminal, and a person who types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pexpect

from bench.host.options import Options
from tools.machines import build

ERASE = "\b \b"  # how a character goes away from the screen
SECONDS = 60  # for a machine that does not say what it should
BACKSPACE, KILL, END, LIST = "\x7f", "\x15", "\x04", "\x10"  # and ^U, ^D, ^P
INTERRUPT = "\x03"  # ^C


class Terminal:
    """What is typed, and what is seen. Line ends are newlines on both sides."""

    def __init__(self, command: list[str]) -> None:
        self.child = pexpect.spawn(
            command[0], command[1:], encoding="utf-8", timeout=SECONDS, dimensions=(24, 200)
        )
        self.child.delaybeforesend = None

    def type(self, keys: str) -> None:
        self.child.send(keys.replace("\n", "\r"))

    def see(self, text: str) -> str:
        """Wait for a text; gives what came before it."""
        self.child.expect_exact(text.replace("\n", "\r\n"))
        return str(self.child.before).replace("\r\n", "\n")

    def until_line_end(self) -> str:
        return self.see("\n").strip()

    def until_prompt(self) -> str:
        """What is on the screen before the next prompt: the echo of what was typed, too."""
        self.child.expect(r"(?<![^\n])\$ ")
        return str(self.child.before).replace("\r\n", "\n")

    def answer(self, line: str) -> str:
        """Type a line; gives what it made the machine say."""
        self.type(line + "\n")
        echo, _, rest = self.until_prompt().partition("\n")
        assert echo == line, f"echo of {line!r} is {echo!r}"
        return rest

    def rest(self) -> str:
        """All that is still said until the machine ends."""
        self.child.expect(pexpect.EOF)
        return str(self.child.before)

    def status(self) -> int:
        """Of a machine that ends."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -1


@contextmanager
def terminal(command: list[str]) -> Iterator[Terminal]:
    """Gone in the end, however it ends."""
    found = Terminal(command)
    try:
        yield found
    finally:
        found.child.close(force=True)


def command_of(settings: Options, disk: Path) -> list[str]:
    """What make qemu starts."""
    return replace(build.machine(settings, disk), terminal=True).command()
