"""The probe of a machine: a plugin of QEMU (bench/probe) that counts events from outside, for each
sample and mode, and simulates cores.

    probe = Probe(plugin, ("u74/l1i:32768:4:64:random/…",))
    run = measure(replace(config, extra=probe.options(out)))
    samples = read(out)
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench.host.errors import BenchError
from bench.host.running.plugin import options as plugin_options

MODES = ("user", "kernel", "firmware")
INSTRUCTIONS = "instructions"

# Where Cowshed's kernel and its firmware are, and how large their pages are (kernel/arch/layout.h):
# what the probe cannot see. Before the kernel has turned translation on, it is at physical addresses.
SPACES = (
    "firmware:80000000:801fffff:0",
    "kernel:80200000:ffffffff:0",
    "kernel:ffffffc000000000:ffffffffbfffffff:30",
    "kernel:ffffffffc0000000:ffffffffcfffffff:21",
    "kernel:ffffffffd0000000:ffffffffffffffff:12",
)


@dataclass(frozen=True)
class Probe:
    """What a machine is watched with."""

    plugin: Path
    cores: tuple[str, ...]  # geometries, as bench/probe/core.h reads them
    spaces: tuple[str, ...] = SPACES
    # The samples of which each instruction is wanted: one by its number, from 0, or all.
    profile: int | Literal["all"] | None = None
    # Where several harts share regions: functions that wait for locks, and data that have symbols.
    waits: tuple[tuple[int, int], ...] = ()
    named: tuple[int, int] | None = None

    def options(self, out: Path) -> tuple[str, ...]:
        """Options of QEMU; what is counted goes to the file `out`."""
        words = [f"out={out}"]
        words += [f"space={each}" for each in self.spaces]
        words += [f"core={each}" for each in self.cores]
        words += [f"waits={first:x}:{last:x}" for first, last in self.waits]
        words += [f"named={self.named[0]:x}:{self.named[1]:x}"] if self.named else []
        words += [] if self.profile is None else [f"profile={self.profile}"]
        return plugin_options(self.plugin, *words)


@dataclass(frozen=True)
class Shared:
    """What harts did together in one sample. Names are addresses: of data that have a symbol, else of the
    instruction that uses them."""

    makespan: int  # its time, if they ran side by side
    waits: dict[int, int] = field(default_factory=dict)  # instructions, by lock
    moved: dict[int, int] = field(default_factory=dict)  # lines of cache, by data


@dataclass(frozen=True)
class Instruction:
    """What one instruction of a profiled sample has caused."""

    address: int
    physical: int
    bits: int
    mode: str
    events: dict[str, int]  # without those that did not happen


@dataclass(frozen=True)
class Watched:
    """All that the probe wrote of one machine."""

    samples: list[dict[str, int]]  # by sample, such as "kernel/u74/l1d_misses"; zeros left out
    profiles: dict[int, list[Instruction]]  # by the number of the sample, of those asked for
    # By the number of the sample, of those that several harts share.
    shared: dict[int, Shared] = field(default_factory=dict)


def missing(plugin: Path, qemu: str) -> str | None:
    """Why this QEMU cannot run the probe, or None: asked of a machine that has nothing in it."""
    words = [qemu, "-machine", "none", "-display", "none", "-monitor", "stdio", "-serial", "none"]
    words += Probe(plugin, ()).options(Path("/dev/null"))
    try:
        done = subprocess.run(words, input="quit\n", capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return None if done.returncode == 0 else (done.stderr.strip() or "it refuses the plugin")


def read(path: Path) -> Watched:
    """The file of a machine that has ended; raises BenchError where it is not whole."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise BenchError(f"the probe has written nothing that can be read: {error}") from None
    if lines[:1] != ["probe 1"] or not lines[-1].startswith("end "):
        raise BenchError("what the probe has written is not whole")
    names: list[str] = []  # of a mode's numbers
    watched = Watched([], {})
    for line in lines[1:-1]:
        kind, *words = line.split(" ")
        if kind == "program":
            names += words
        elif kind == "core":
            names += [f"{words[0]}/{event}" for event in words[1:]]
        elif kind == "sample":
            watched.samples.append(_sample(words, names))
        elif kind == "makespan":
            shared = watched.shared[len(watched.samples) - 1] = Shared(int(words[0]))
        elif kind == "wait":
            shared.waits[int(words[0], 16)] = int(words[2])
        elif kind == "moved":
            shared.moved[int(words[0], 16)] = int(words[1])
        elif kind == "instruction":
            profile = watched.profiles.setdefault(len(watched.samples) - 1, [])
            profile.append(_instruction(words, names))
    return watched


def _sample(words: list[str], names: list[str]) -> dict[str, int]:
    found = {}
    for word in words:
        mode, _, numbers = word.partition("=")
        for name, number in zip(names, numbers.split(",")):
            if number != "0":
                found[f"{mode}/{name}"] = int(number)
    return found


def _instruction(words: list[str], names: list[str]) -> Instruction:
    address, physical, bits, mode, numbers = words
    # Numbers of the program and of the first core, whose names come first.
    events = {name: int(n) for name, n in zip(names, numbers.split(",")) if n != "0"}
    return Instruction(int(address, 16), int(physical, 16), int(bits, 16), mode, events)


def instructions(events: Mapping[str, int]) -> int:
    """Of a sample, in all modes."""
    return sum(events.get(f"{mode}/{INSTRUCTIONS}", 0) for mode in MODES)
