"""The error that a user sees as one line."""

from __future__ import annotations


class BenchError(Exception):
    """Something went wrong outside this program: the message names it, what is wrong, and what
    would be right. `tail` holds console lines that belong to it."""

    def __init__(self, message: str, tail: list[str] | None = None) -> None:
        super().__init__(message)
        self.tail = tail or []
