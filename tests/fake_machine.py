#!/usr/bin/python3
"""A stand-in for QEMU: takes its options and prints what a machine with the bench runner would.

It is for the tests of the host side only: its numbers are made up by a formula. The environment
variable FAKE_MACHINE says how it misbehaves; each word is explained where it is looked at.
"""

import fnmatch
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MODE = os.environ.get("FAKE_MACHINE", "good")
# Which machines misbehave: a pattern for the folder of the kernel.
ONLY = os.environ.get("FAKE_MACHINE_ONLY", "*")

BANNER = "\nOpenSBI v1.1\n   ____\n  / __ \\\n\nPlatform Name             : riscv-virtio,qemu\n"
EVENTS = (
    "faults_copy faults_reuse faults_zero faults_spurious faults_killed pages_copied pages_shared "
    "pages_zeroed forks execs exits switches ticks flushes_local flushes_switch"
).split()
BASE = 9  # pages of a process with no heap
FAMILIES = "fork fork_exit fork_exec write_copy write_last memory".split()


def say(**fields: object) -> None:
    print("@ " + json.dumps(fields, separators=(",", ":")), flush=True)


def cost(variant: str, family: str, pages: int) -> int:
    """Instructions of the region, made up but of a likely size."""
    resident = pages + BASE
    store = 2 if "hash" in variant else 1
    share = 1100 * resident if variant == "eager" else 20 * store * resident
    return {
        "null": 101,
        "fork": 3200 + share,
        "fork_exit": 7400 + share + 18 * store * resident,
        "fork_exec": 21000 + share + 18 * store * resident,
        "write_copy": (6 if variant == "eager" else 1400) * pages,
        "write_last": {"eager": 6, "cow-array": 1390}.get(variant, 170) * pages,
        "memory": 0,
    }[family]


def sample(variant: str, family: str, pages: int, index: int, seed: int) -> dict[str, object]:
    counters = dict.fromkeys(EVENTS, 0)
    eager = variant == "eager"
    if family.startswith("fork") or family == "memory":
        counters["forks"] = 1
        counters["pages_copied" if eager else "pages_shared"] = pages + BASE
    if family == "write_copy" and not eager:
        counters["faults_copy"] = counters["pages_copied"] = pages
    if family == "write_last" and not eager:
        kind = "faults_copy" if variant == "cow-array" else "faults_reuse"
        counters[kind] = pages
    metadata = {"eager": 0, "cow-hash": 24 * pages}.get(variant, 130000 * 4)
    counters |= {
        "frames_free_low": 128000 - pages * (2 if eager else 1),
        "frames_free": 128500 - pages,
        "metadata_bytes": metadata,
        "metadata_bytes_peak": metadata,
        "table_frames": 5 + pages // 512,
    }
    if family == "memory":
        used = {
            f"frames_after_{p}": 12 + pages * (100 if eager else p) // 100 for p in (0, 10, 50, 100)
        }
        used |= {"frames_fork": used["frames_after_0"], "frames_after_exit": 0}
        used |= {"metadata_bytes": metadata, "metadata_bytes_peak": metadata}
        return {"values": used}
    cycles = cost(variant, family, pages) + (index * 7 + seed * 13) % 5
    ops = pages if family.startswith("write") else 1
    return {"cycles": cycles, "ops": ops, "ticks": 0, "switches": 1, "counters": counters}


def plan(patterns: list[str], pages: list[int]) -> Iterator[tuple[str, str, int]]:
    every = [("null", "null", 0)] + [
        (f"{family}/pages:{p}", family, p)
        for family in FAMILIES
        for p in pages
        if p > 0 or not family.startswith("write")
    ]
    yield from (b for b in every if any(fnmatch.fnmatch(b[0], p) or b[1] == p for p in patterns))


def bench(variant: str, arguments: dict[str, str], seed: int) -> None:
    pages = [int(p) for p in arguments.get("pages", "0,256,1024,4096,16384").split(",")]
    todo = list(plan(arguments.get("bench", "*").split(","), pages))
    say(
        type="run",
        protocol=1,
        timer_overhead=3,
        benchmarks=len(todo),
        frames_total=130000,
        # other-memory: two machines of one configuration are not alike
        frames_free=129000 - (len(todo) if MODE == "other-memory" else 0),
        metadata_bytes=0,
    )
    total = 0
    for number, (name, family, p) in enumerate(todo):
        by_size = 2 if family == "memory" else {0: 100, 256: 100, 1024: 50, 4096: 10}.get(p, 5)
        count = int(arguments.get("repeat", by_size))
        begin = {"type": "begin", "name": name, "family": family, "pages": p, "unit": "fork"}
        begin |= {"timed": family != "memory", "samples": count, "warmup": 2, "covers": "made up"}
        say(**begin)
        for index in range(count):
            line = sample(variant, family, p, index, seed)
            if number == 1 and index == 1:
                misbehave(line, sys.argv)
            say(**{"type": "sample", "name": name, "index": index} | line)
            total += 1
        say(type="end", name=name, rejected=0)
    say(type="done", benchmarks=len(todo), samples=total)


def misbehave(line: dict[str, object], arguments: list[str]) -> None:
    """In the middle of a benchmark, after 100 good samples or more."""
    if MODE == "garbage":  # bytes that are neither text nor JSON
        sys.stdout.flush()
        os.write(1, b'@ {"type":"sam\xff\xfe\x00ple\n')
    elif MODE == "noise":  # a line of no kind
        print("y\u00f8lk of a stray pointer", flush=True)
    elif MODE == "hang" or (MODE == "hang-or-panic" and "-link1/" not in " ".join(arguments)):
        time.sleep(600)
    elif MODE in ("panic", "hang-or-panic"):
        print("cowshed: panic: frame 0x1234 freed twice", flush=True)
        sys.exit(255)
    elif MODE == "truncated":  # stops within a line, and says that all is well
        sys.stdout.write('@ {"type":"sample","name":"fo')
        sys.exit(0)
    elif MODE == "stops":  # ends between two lines, and says that all is well
        sys.exit(0)
    elif MODE == "error":
        say(type="error", message="fork failed: not enough memory for 16384 pages")
        sys.exit(1)
    elif MODE == "flood":
        while True:
            print("x" * 1000)
    elif MODE == "negative":
        line["cycles"] = -5
    elif MODE == "text":
        line["cycles"] = "2543"
    elif MODE == "no-counter":
        del line["counters"]["faults_copy"]  # type: ignore[attr-defined]
    elif MODE == "skip":
        line["index"] = 2


def main() -> int:
    if "--version" in sys.argv:
        print("QEMU emulator version 0.0 (fake machine)\nCopyright")
        return 0
    options = dict(zip(sys.argv[1:], sys.argv[2:]))
    folder = Path(options["-kernel"]).parent.name
    if not fnmatch.fnmatch(folder, ONLY):
        globals()["MODE"] = "good"
    kernel_words, _, words = options["-append"].partition(" -- ")
    seed = int(dict(w.split("=", 1) for w in kernel_words.split()).get("shuffle", 0))
    print(BANNER, flush=True)
    if MODE == "silent":  # says nothing of its own
        return 0
    print("cowshed: boot: 1 hart, 512 MiB", flush=True)
    bench(folder.split("-link")[0], dict(w.split("=", 1) for w in words.split()), seed)
    if MODE == "status":  # a complete run, but init fails in the end
        return 7
    if MODE == "more":  # goes on after the end
        say(type="done", benchmarks=0, samples=0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
