"""What the benchmarks draw (bench/guest/runner/random.h and zipf.h), compiled for the host."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

from bench.host.running.machine import ROOT
from tests.support.host_build import HOST_TESTS, PLAIN, compile_host, include


class Column(ctypes.Structure):
    _fields_ = [("threshold", ctypes.c_uint32), ("alias", ctypes.c_uint32)]


@cache
def _library() -> ctypes.CDLL:
    runner = ROOT / "bench" / "guest" / "runner"
    flags = [*PLAIN, "-shared", "-fPIC", *include(runner)]
    flags += include(ROOT / "user" / "include", option="-idirafter")
    sources = [Path(__file__).with_name("draws.c"), runner / "zipf.c"]
    library = ctypes.CDLL(str(compile_host(HOST_TESTS / "draws.so", [*flags, *sources])))
    for function in (library.next, library.below, library.draw):
        function.restype = ctypes.c_uint64
    return library


class Random:
    """struct random."""

    def __init__(self, seed: int) -> None:
        self.state = ctypes.c_uint64(seed)

    def next(self) -> int:
        return int(_library().next(ctypes.byref(self.state)))

    def below(self, limit: int) -> int:
        return int(_library().below(ctypes.byref(self.state), ctypes.c_uint64(limit)))


class Zipf:
    """The columns of so many ranks, which count from 0."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.columns = (Column * count)()
        _library().fill(self.columns, ctypes.c_uint64(count))

    def draw(self, random: int) -> int:
        columns, count = self.columns, ctypes.c_uint64(self.count)
        return int(_library().draw(columns, count, ctypes.c_uint64(random)))

    def count_draws(self, random: Random, draws: int) -> list[int]:
        """How often each rank is drawn."""
        counts = (ctypes.c_uint64 * self.count)()
        state, number = ctypes.byref(random.state), ctypes.c_uint64(self.count)
        _library().count_draws(self.columns, number, state, ctypes.c_uint64(draws), counts)
        return list(counts)

    def probabilities(self) -> list[float]:
        """Of each rank, as the columns have it."""
        heights = [0] * self.count
        for rank, column in enumerate(self.columns):
            heights[rank] += column.threshold
            heights[column.alias] += 2**32 - column.threshold
        return [height / self.count / 2**32 for height in heights]
