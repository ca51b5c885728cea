"""The fewest changes of turn that still make a test fail (Zeller, "Yesterday, my program worked. Today, it
does not. Why?", 1999: delta debugging)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.races.schedule import Change

Fails = Callable[[Sequence[Change]], bool]


def shrink(
    changes: Sequence[Change], fails: Fails, at_once: int = 1, tried: Callable[[int], None] = print
) -> list[Change]:
    """A part of the changes with which it still fails, and without any of which it does not. `tried` gets the
    number of changes that are left whenever that is smaller."""
    left = list(changes)
    parts = 2
    with ThreadPoolExecutor(at_once) as pool:
        if left and fails([]):
            return []
        while len(left) > 1:
            candidates = _without_a_part(left, parts)
            smaller = _first(candidates, fails, pool, at_once)
            if smaller is not None:
                left = smaller
                parts = max(parts - 1, 2)
                tried(len(left))
            elif parts >= len(left):
                break
            else:
                parts = min(2 * parts, len(left))
    return left


def _without_a_part(changes: list[Change], parts: int) -> list[list[Change]]:
    """What is left without each of so many equal parts; the last ones first, since a failure needs few."""
    borders = [len(changes) * i // parts for i in range(parts + 1)]
    pairs = list(zip(borders, borders[1:]))
    if parts == 2:  # a half alone is the other one's rest
        return [changes[begin:end] for begin, end in reversed(pairs)]
    return [changes[:begin] + changes[end:] for begin, end in reversed(pairs)]


def _first(
    candidates: list[list[Change]], fails: Fails, pool: ThreadPoolExecutor, at_once: int
) -> list[Change] | None:
    """The first that fails: the same however many are tried at once."""
    for i in range(0, len(candidates), at_once):
        some = candidates[i : i + at_once]
        for candidate, failed in zip(some, pool.map(fails, some)):
            if failed:
                return candidate
    return None
