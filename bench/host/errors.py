"""The error that a user sees as one line."""

from __future__ import annotations

import sys

from bench.host.text import printable


class BenchError(Exception):
    """Something went wrong outside this program: the message names it, what is wrong, and what
    would be right. `tail` holds console lines that belong to it."""

    def __init__(self, message: str, tail: list[str] | None = None) -> None:
        super().__init__(message)
        self.tail = tail or []


def complain(error: BenchError, command: str) -> None:
    sys.stdout.flush()
    if str(error):  # else somebody has said why
        print(f"{command}: error: {error}", file=sys.stderr)
    if error.tail:
        print("last lines of the console:", file=sys.stderr)
        for line in error.tail:
            print(f"    | {printable(line)}", file=sys.stderr)
