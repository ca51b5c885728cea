#!/usr/bin/python3
"""A stand-in for QEMU: takes its options and prints what a machine with the bench runner would.

It is for the tests of the host side only: its numbers are made up by a formula. The environment
variable FAKE_MACHINE says how a machine that measures misbehaves, FAKE_PLAN how one that only plans
does; each word is explained where it is looked at. FAKE_MACHINE_ONLY is a pattern for the folder of
the kernel: only such machines misbehave. FAKE_MORE adds to all times, as if the kernel were slower.
FAKE_LOG is a file that gets a line for each machine: its kernel, memory, harts and boot arguments.
"""

import fnmatch
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

BANNER = "\nOpenSBI v1.1\n   ____\n  / __ \\\n\nPlatform Name             : riscv-virtio,qemu\n"
EVENTS = (
    "faults_copy faults_reuse faults_zero faults_spurious faults_killed pages_copied pages_shared "
    "pages_zeroed forks execs exits switches ticks flushes_local flushes_switch"
).split()
BASE = 9  # pages of a process with no heap
ANY_PAGES = {"pages": [0, 256, 1024, 4096, 16384]}
SOME_PAGES = {"pages": [256, 1024, 4096, 16384]}
HIGHEST = {"pages": 524287, "percent": 100, "memory": 4096, "harts": 8, "sharing": 1}
HIGHEST_PAGES = {"metadata": 4096}  # so many fit into the smallest of its machines
# Axes of each family, with their usual values.
FAMILIES: dict[str, dict[str, list[int]]] = {
    "null": {},
    "fork": ANY_PAGES,
    "fork_touch": {"pages": [1024], "percent": [0, 50]},
    "fork_exit": ANY_PAGES,
    "fork_exec": ANY_PAGES,
    "write_copy": SOME_PAGES,
    "write_last": SOME_PAGES,
    "memory": ANY_PAGES,
    "metadata": {"pages": [1024], "memory": [64, 256]},
    "smp_fork": {"harts": [1, 2, 4], "sharing": [0, 1]},
}
COUNTS_ONLY = ("memory", "metadata")
NEEDS = {"fork_touch": {"processes": 128}}


@dataclass
class Machine:
    """What the options say."""

    variant: str
    seed: int
    program: str
    kernel_words: dict[str, str]
    arguments: dict[str, str]
    memory: str
    mode: str  # how it misbehaves
    more: int  # instructions, in each region
    harts: int
    samples: int = 0


@dataclass
class Instance:
    family: str
    parameters: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.family + "".join(f"/{key}:{value}" for key, value in self.parameters.items())

    @property
    def pages(self) -> int:
        return self.parameters.get("pages", 0)

    def fields(self) -> dict[str, object]:
        return {"name": self.name, "family": self.family, "parameters": self.parameters}


def say(**fields: object) -> None:
    print("@ " + json.dumps(fields, separators=(",", ":")), flush=True)


def give_up(message: str) -> None:
    say(type="error", message=message)
    sys.exit(1)


def cost(variant: str, instance: Instance) -> int:
    """Instructions of the region, made up but of a likely size."""
    pages = instance.pages
    resident = pages + BASE
    store = 2 if "hash" in variant else 1
    share = 1100 * resident if variant == "eager" else 20 * store * resident
    write = 6 if variant == "eager" else 1400
    return {
        "null": 91,
        "fork": 3200 + share,
        "fork_touch": 7400 + share + write * pages * instance.parameters.get("percent", 0) // 100,
        "fork_exit": 7400 + share + 18 * store * resident,
        "fork_exec": 21000 + share + 18 * store * resident,
        "write_copy": write * pages,
        "write_last": {"eager": 6, "cow-array": 1390}.get(variant, 170) * pages,
    }.get(instance.family, 0)


def counters_of(variant: str, instance: Instance) -> dict[str, int]:
    pages, family = instance.pages, instance.family
    counters = dict.fromkeys(EVENTS, 0)
    eager = variant == "eager"
    if family.startswith("fork") or family in COUNTS_ONLY:
        counters["forks"] = 1
        counters["pages_copied" if eager else "pages_shared"] = pages + BASE
    if family == "write_copy" and not eager:
        counters["faults_copy"] = counters["pages_copied"] = pages
    if family == "write_last" and not eager:
        kind = "faults_copy" if variant == "cow-array" else "faults_reuse"
        counters[kind] = pages
    metadata = {"eager": 0, "cow-hash": 24 * pages}.get(variant, 130000 * 4)
    return counters | {
        "frames_free_low": 128000 - pages * (2 if eager else 1),
        "frames_free": 128500 - pages,
        "metadata_bytes": metadata,
        "metadata_bytes_peak": metadata,
        "table_frames": 5 + pages // 512,
    }


def values_of(machine: Machine, instance: Instance) -> dict[str, int]:
    pages, eager = instance.pages, machine.variant == "eager"
    if instance.family == "memory":
        used = {
            f"frames_after_{p}": 12 + pages * (100 if eager else p) // 100 for p in (0, 10, 50, 100)
        }
        return used | {"frames_fork": used["frames_after_0"], "frames_after_exit": 0}
    if instance.family == "metadata":  # the machine that it was, not the one asked for
        return {"bytes_of_machine": int(machine.memory[:-1]) << 20}
    if instance.family == "fork_touch":
        return {"frames_peak": 12 + pages * instance.parameters["percent"] // 100}
    return {}


def sample(machine: Machine, instance: Instance, index: int) -> dict[str, object]:
    """The first iteration has index -1."""
    taken: dict[str, object] = {
        "values": values_of(machine, instance),
        "counters": counters_of(machine.variant, instance),
    }
    if instance.family in COUNTS_ONLY:
        return taken
    noise = machine.more + 500 if index < 0 else machine.more + (index * 7 + machine.seed * 13) % 5
    ops = instance.pages if instance.family.startswith("write") else 1
    return {"cycles": cost(machine.variant, instance) + noise, "ops": ops} | taken


def numbers(machine: Machine, axis: str, usual: list[int]) -> list[int]:
    return (
        [int(n) for n in machine.arguments[axis].split(",")] if axis in machine.arguments else usual
    )


def selected(machine: Machine) -> Iterator[Instance]:
    patterns = machine.arguments.get("bench", "*").split(",")
    for family, axes in FAMILIES.items():
        if machine.arguments.get("family", family) != family:
            continue
        for values in product(*(numbers(machine, axis, usual) for axis, usual in axes.items())):
            one = Instance(family, dict(zip(axes, values)))
            if family.startswith("write") and one.pages == 0:
                continue
            if one.pages > HIGHEST_PAGES.get(family, one.pages):
                continue
            if any(value > HIGHEST[axis] for axis, value in one.parameters.items()):
                continue
            if any(fnmatch.fnmatch(name, p) for p in patterns for name in (family, one.name)):
                yield one


def count_of(machine: Machine, instance: Instance) -> int:
    by_size = {0: 100, 256: 100, 1024: 50, 4096: 10}.get(instance.pages, 5)
    return int(machine.arguments.get("repeat", 2 if instance.family in COUNTS_ONLY else by_size))


def check(machine: Machine, todo: list[Instance]) -> None:
    """Some of what the runner refuses."""
    for axis in machine.arguments.keys() - {"bench", "repeat", "family", "plan"}:
        if "family" not in machine.arguments and not any(axis in one.parameters for one in todo):
            give_up(f"{axis}=: no benchmark that is selected has this parameter")
    if not todo:
        give_up("nothing is selected")
    free = int(machine.memory[:-1]) * {"M": 256, "G": 1 << 18}[machine.memory[-1]]
    for one in todo:
        if 2 * one.pages > free:
            give_up(f"{one.name} does not fit into memory: it needs up to {2 * one.pages} frames")


def plan(machine: Machine, todo: list[Instance]) -> None:
    for one in todo:
        say(
            type="plan",
            **one.fields(),
            samples=count_of(machine, one),
            timed=one.family not in COUNTS_ONLY,
            machine=NEEDS.get(one.family, {}),
        )


def bench(machine: Machine, todo: list[Instance]) -> None:
    for number, one in enumerate(todo):
        count = count_of(machine, one)
        timed = one.family not in COUNTS_ONLY
        warmup = 2 if timed else 0
        head = {"type": "begin", **one.fields(), "unit": "fork", "timed": timed}
        say(**head, samples=count, warmup=warmup)
        if warmup:
            say(type="first", name=one.name, **sample(machine, one, -1))
        for index in range(count):
            line = sample(machine, one, index)
            if one.family == "fork" and number == 0 and index == 1:
                misbehave(machine.mode, line)
            say(**{"type": "sample", "name": one.name, "index": index} | line)
            machine.samples += 1
        say(type="end", name=one.name, rejected=0)


def misbehave(mode: str, line: dict[str, object]) -> None:
    """In the middle of a benchmark."""
    if mode == "garbage":  # bytes that are neither text nor JSON
        sys.stdout.flush()
        os.write(1, b'@ {"type":"sam\xff\xfe\x00ple\n')
    elif mode == "noise":  # a line of no kind
        print("y\u00f8lk of a stray pointer", flush=True)
    elif mode == "hang" or (mode == "hang-or-panic" and "-link1/" not in " ".join(sys.argv)):
        time.sleep(600)
    elif mode in ("panic", "hang-or-panic"):
        print("cowshed: panic: frame 0x1234 freed twice", flush=True)
        sys.exit(255)
    elif mode == "truncated":  # stops within a line, and says that all is well
        sys.stdout.write('@ {"type":"sample","name":"fo')
        sys.exit(0)
    elif mode == "stops":  # ends between two lines, and says that all is well
        sys.exit(0)
    elif mode == "error":
        give_up("fork failed: not enough memory for 16384 pages")
    elif mode == "flood":
        while True:
            print("x" * 1000)
    elif mode == "negative":
        line["cycles"] = -5
    elif mode == "text":
        line["cycles"] = "2543"
    elif mode == "no-counter":
        del line["counters"]["faults_copy"]  # type: ignore[attr-defined]
    elif mode == "skip":
        line["index"] = 2


def read_options() -> Machine:
    options = dict(zip(sys.argv[1:], sys.argv[2:]))
    folder = Path(options["-kernel"]).parent.name
    kernel_words, _, words = options["-append"].partition(" -- ")
    kernel = dict(word.split("=", 1) for word in kernel_words.split())
    arguments = dict(word.split("=", 1) for word in words.split())
    wanted = fnmatch.fnmatch(folder, os.environ.get("FAKE_MACHINE_ONLY", "*"))
    mode = os.environ.get("FAKE_PLAN" if "plan" in arguments else "FAKE_MACHINE", "good")
    return Machine(
        variant=folder.split("-link")[0].removesuffix("-lazy"),
        seed=int(kernel.get("shuffle", 0)),
        program=kernel["init"],
        kernel_words=kernel,
        arguments=arguments,
        memory=options["-m"],
        mode=mode if wanted else "good",
        harts=int(options["-smp"]),
        more=int(os.environ.get("FAKE_MORE", 0)) if wanted else 0,
    )


def note_down() -> None:
    options = dict(zip(sys.argv[1:], sys.argv[2:]))
    if "FAKE_LOG" in os.environ:
        words = (options[key] for key in ("-kernel", "-m", "-smp", "-append"))
        with open(os.environ["FAKE_LOG"], "a") as log:
            print(*words, file=log)


def main() -> int:
    if "--version" in sys.argv:
        print(
            f"QEMU emulator version {os.environ.get('FAKE_VERSION', '0.0')} (fake machine)\nCopyright"
        )
        return 0
    machine = read_options()
    note_down()
    print(BANNER, flush=True)
    if machine.mode == "silent":  # says nothing of its own
        return 0
    print("cowshed: boot: 1 hart, 512 MiB", flush=True)
    if machine.mode == "boot-panic":
        print("cowshed: panic: no init", flush=True)
        return 255
    todo = list(selected(machine))
    check(machine, todo)
    planning = "plan" in machine.arguments
    family = machine.arguments.get("family", "")
    if not planning and machine.program.rpartition("/")[2] != family:
        give_up(f"{machine.program} is not the program of {family!r}")
    if not planning and family in NEEDS and "procs" not in machine.kernel_words:
        give_up(f"{family} needs another limit of processes")
    say(
        type="run",
        protocol=2,
        timer_overhead=3,
        benchmarks=len(todo),
        frames_total=130000,
        frames_free=129000,
        metadata_bytes=0,
    )
    (plan if planning else bench)(machine, todo)
    say(type="done", benchmarks=len(todo), samples=machine.samples)
    if machine.mode == "status":  # a complete run, but init fails in the end
        return 7
    if machine.mode == "more":  # goes on after the end
        say(type="done", benchmarks=0, samples=0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
