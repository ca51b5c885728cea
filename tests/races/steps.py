"""What harts did up to a failure, side by side: function, line, and locks, from a trace of bench/turns."""

from __future__ import annotations

import subprocess
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from bench.host.attribution.symbols import Chain, Place, chains
from bench.host.running.machine import BUILD
from tests.races.schedule import Change

RUNNER = BUILD / "tests-root" / "tests" / "runner"  # with its symbols
KERNEL_BEGIN = 1 << 63
FIRMWARE_BEGIN = 0x8000_0000
FIRMWARE = (Place("firmware", "", 0),)
UNKNOWN = (Place("another program", "", 0),)

# struct step of bench/turns/trace.h
STEP = numpy.dtype([("pc", "u8"), ("address", "u8"), ("hart", "u4"), ("turn", "u4")])

Steps = Any  # an array of them

# A failure is told from here.
TELLS = {"panic", "check_failed"}
TAKES, GIVES = {"spin_take", "try", "take_in_turn"}, {"spin_release"}
# Of what is inlined from there, the function around it is shown.
HELPERS = (
    "kernel/lib/spinlock.",
    "kernel/lib/list.h",
    "kernel/arch/layout.h",
    "kernel/arch/sv39.h",
    "kernel/arch/csr.h",
    "kernel/arch/types.h",
    "kernel/arch/spin_take.S",
)
# Where a hart has nothing to do.
IDLE = {"idle", "run_next", "dequeue", "audit_stop", "looks", "firmware", "look"}

HEAD, TAIL = 2, 12  # lines of a turn that are shown
TURNS = 6  # that are shown before the failure, besides those that the schedule ended
WIDTH = 44


@dataclass
class Row:
    """Lines of one function that a hart went over without leaving it, or what it did to a lock."""

    text: str
    first: int = 0  # line
    last: int = 0
    lock: bool = False

    def __str__(self) -> str:
        if not self.first:
            return self.text
        return f"{self.text}:{self.first}" + f"…{self.last}" * (self.last != self.first)


@dataclass
class TurnOfHart:
    hart: int
    rows: list[Row]
    ended: Change | None = None  # by the schedule


def show(trace: Path, changes: Sequence[Change], kernel: Path, failed: str) -> list[str]:
    """The turns that the schedule ended, the one behind each, and the last ones. failed: what was told."""
    steps = _until_told(numpy.fromfile(trace, dtype=STEP), kernel, failed)
    turns = _turns(steps, changes, _Places(steps, kernel, RUNNER))
    return _text(_chosen(turns))


def _until_told(steps: Steps, kernel: Path, failed: str) -> Steps:
    """All before the first step of a function that tells of a failure, or before the audit that found it."""
    told = _steps_of(steps, kernel, TELLS)
    end = told[0] + 1 if len(told) else len(steps)
    audits = [at for at in _steps_of(steps, kernel, {"audit"}) if at < end]
    return steps[: audits[-1] + 1 if audits and "audit" in failed else end]


def _steps_of(steps: Steps, kernel: Path, functions: set[str]) -> Steps:
    """Where one of these functions begins."""
    begins = [begin for begin, _, name in _symbols(kernel) if name in functions]
    return numpy.flatnonzero(numpy.isin(steps["pc"], numpy.array(begins, dtype="u8")))


class _Places:
    """Names for addresses: of code, and of locks."""

    def __init__(self, steps: Steps, kernel: Path, runner: Path) -> None:
        pcs = [int(pc) for pc in numpy.unique(steps["pc"])]
        self._chains: dict[int, Chain] = {}
        for elf, some in (
            (kernel, [pc for pc in pcs if pc >= KERNEL_BEGIN]),
            (runner, [pc for pc in pcs if pc < FIRMWARE_BEGIN]),
        ):
            self._chains.update(chains(elf, some) if some else {})
        self._data = _symbols(kernel)
        self._begins = [begin for begin, _, _ in self._data]

    def chain(self, pc: int) -> Chain:
        if FIRMWARE_BEGIN <= pc < KERNEL_BEGIN:
            return FIRMWARE
        found = self._chains.get(pc, UNKNOWN)
        return found if found[0].file else UNKNOWN

    def lock(self, address: int) -> str:
        at = bisect_right(self._begins, address) - 1
        if at >= 0:
            begin, size, name = self._data[at]
            if address < begin + size:
                return name if address == begin else f"{name}+{address - begin:#x}"
        return f"the lock at {address:x}"


def _symbols(elf: Path) -> list[tuple[int, int, str]]:
    """Begin, size and name of all that has a size."""
    words = ["riscv64-unknown-elf-nm", "-n", "-S", str(elf)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return [(int(line[0], 16), int(line[1], 16), line[3]) for line in lines if len(line) == 4]


def _turns(steps: Steps, changes: Sequence[Change], places: _Places) -> list[TurnOfHart]:
    ends = _ends(steps, changes)
    turns: list[TurnOfHart] = []
    owners: dict[int, int] = {}
    turn = -1
    for at, (pc, address, hart, number) in enumerate(steps.tolist()):
        if number != turn:
            turns.append(TurnOfHart(hart, []))
            turn = number
        rows = turns[-1].rows
        _append(rows, _row(pc, address, hart, places, owners))
        turns[-1].ended = ends.get(at)
    return turns


def _append(rows: list[Row], row: Row) -> None:
    last = rows[-1] if rows else None
    if last is None or last.text != row.text or row.lock:
        rows.append(row)
    else:
        last.last = row.last


def _ends(steps: Steps, changes: Sequence[Change]) -> dict[int, Change]:
    """Where in the steps the schedule ended a turn."""
    found = {}
    for hart in {change[0] for change in changes}:
        own = numpy.flatnonzero(steps["hart"] == hart)
        for change in changes:
            if change[0] == hart and change[1] <= len(own):
                found[int(own[change[1] - 1])] = change
    return found


def _row(pc: int, address: int, hart: int, places: _Places, owners: dict[int, int]) -> Row:
    chain = places.chain(pc)
    outside = [place for place in chain if not place.file.startswith(HELPERS)]
    place = outside[0] if outside else chain[-1]
    where = f"{place.function} {Path(place.file).name}" if place.file else place.function
    if address and chain[0].function in TAKES | GIVES:
        event = _lock_event(chain, address, hart, places, owners)
        return Row(f"{event} {where}:{place.line}", lock=True)
    return Row(where, place.line, place.line) if outside else Row("looks at the lock")


def _lock_event(
    chain: Chain, address: int, hart: int, places: _Places, owners: dict[int, int]
) -> str:
    name = places.lock(address)
    if chain[0].function in GIVES:
        owners.pop(address, None)
        return f"[gives back {name}]"
    if owners.setdefault(address, hart) == hart:
        return f"[takes {name}]"
    return f"[waits for {name}, which hart {owners[address]} has]"


def _chosen(turns: list[TurnOfHart]) -> list[TurnOfHart | int]:
    """The turns to show; a number stands for as many that are left out."""
    busy = [i for i, turn in enumerate(turns) if _is_busy(turn)]
    shown = {*busy[-TURNS:], len(turns) - 1}
    for i, turn in enumerate(turns):
        if turn.ended:
            shown |= {i, i + 1}
    result: list[TurnOfHart | int] = []
    for i, turn in enumerate(turns):
        if i in shown:
            result.append(turn)
        elif result and isinstance(result[-1], int):
            result[-1] += 1
        else:
            result.append(1)
    return result


def _is_busy(turn: TurnOfHart) -> bool:
    return any(row.text.split()[0].strip("[") not in IDLE for row in turn.rows)


def _text(turns: Iterable[TurnOfHart | int]) -> list[str]:
    turns = list(turns)
    harts = sorted({turn.hart for turn in turns if isinstance(turn, TurnOfHart)})
    column = {hart: i for i, hart in enumerate(harts)}
    lines = ["".join(f"hart {hart}".ljust(WIDTH) for hart in harts).rstrip()]
    for turn in turns:
        if isinstance(turn, int):
            lines.append(f"  … {turn} turn{'s' * (turn > 1)} …")
            continue
        indent = " " * (WIDTH * column[turn.hart])
        lines += [(indent + text).rstrip() for text in _of_turn(turn)]
        if turn.ended:
            held = f", and it is held back for {turn.ended[2]}" if turn.ended[2] else ""
            lines.append(f"{indent}--- its turn ends{held}")
    return lines


def _of_turn(turn: TurnOfHart) -> list[str]:
    texts = [str(row) for row in turn.rows]
    if len(texts) <= HEAD + TAIL + 1:
        return texts
    between = [row.text for row in turn.rows[HEAD:-TAIL] if row.lock]
    left = len(texts) - HEAD - TAIL - len(between[-4:])
    return [*texts[:HEAD], f"  … {left} lines …", *between[-4:], *texts[-TAIL:]]
