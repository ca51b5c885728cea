"""Kernels with PHASES=1, on real machines: what the benchmark fault_phases says is complete, is said
of the right part of the code, and is true of the kernel without marks, too; and that kernel has no
trace of them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from bench.host.measured import Sample
from bench.host.running.machine import BUILD, ROOT, MachineConfig, boot_arguments, kernel_path
from bench.host.running.protocol import measure
from tests.guest.guest_machine import variants_under_test
from tools.make import kernel

FORK, COPY, LAST = range(3)
PAGES = 1024  # of the benchmark's heap
COPY_LEAST = 1024  # instructions that copy a page: a load and a store for each 8 bytes
COPY_MOST = COPY_LEAST + 32  # with the call and the loop
NAMES = ("entry", "lookup", "allocate", "copy", "count", "map", "flush", "exit", "other")

NOTHING = range(0, 1)
# Instructions of each phase of a fault. Narrow enough that a part of the code which is counted to
# another phase is outside of one of the two.
ENTRY, EXIT = range(30, 70), range(25, 60)
COPYING = {
    "entry": ENTRY,
    "lookup": range(30, 80),
    "allocate": range(50, 120),
    "copy": range(COPY_LEAST, COPY_MOST + 1),
    "count": range(10, 120),
    "map": range(2, 12),
    "flush": range(10, 40),
    "exit": EXIT,
    "other": range(10, 45),
}
REUSING = COPYING | {
    "allocate": NOTHING,
    "copy": NOTHING,
    "count": range(10, 40),
    "flush": range(1, 5),
}
STORING = dict.fromkeys(NAMES, NOTHING) | {"other": range(1, 10)}

VARIANTS = [
    pytest.param(variant, marks=pytest.mark.xdist_group(f"phases-{variant}"))
    for variant in variants_under_test()
]


def copies_in_fork(variant: str) -> bool:
    return variant == "eager"


@cache
def samples_of(variant: str, phases: bool) -> dict[int, list[Sample]]:
    """By kind. Without `phases` the same benchmark on the kernel without marks."""
    config = MachineConfig(
        kernel=kernel_path(variant, phases=phases),
        initrd=BUILD / "bench.img",
        bootargs=boot_arguments(
            "/bench/suite/fault_phases", "family=fault_phases", console="polled"
        ),
    )
    return {b.parameters["kind"]: b.samples for b in measure(config).benchmarks}


def phases_of(sample: Sample) -> dict[str, int]:
    return {name: sample.values[f"instructions_{name}"] for name in NAMES}


def events_of(sample: Sample) -> dict[str, int]:
    """All but the free frames, of which a larger kernel leaves fewer."""
    return {k: v for k, v in sample.counters.items() if not k.startswith("frames_free")}


def cycles_of(sample: Sample) -> int:
    assert sample.cycles is not None
    return sample.cycles


@pytest.mark.parametrize("variant", VARIANTS)
def test_phases_are_the_whole(variant: str) -> None:
    for kind, samples in samples_of(variant, phases=True).items():
        assert len(samples) == 10
        for sample in samples:
            assert sum(phases_of(sample).values()) == sample.cycles, kind
            assert set(sample.values) == {f"instructions_{n}" for n in (*NAMES, "overhead")}


@pytest.mark.parametrize("variant", VARIANTS)
def test_marks_change_nothing_else(variant: str) -> None:
    """With the overhead subtracted, an operation costs what it costs without marks; but the
    compiler may have to save a few registers more in a function with marks. That is two
    instructions for each, once an operation. A fork goes through eight of them. In its loop over
    pages a mark may move the compiler's choice by one instruction a round of eight entries, but
    nothing may be left of the mark itself: that would be one a page or more."""
    for kind, samples in samples_of(variant, phases=True).items():
        for marked, plain in zip(samples, samples_of(variant, phases=False)[kind], strict=True):
            assert not plain.values
            assert events_of(plain) == events_of(marked)
            difference = cycles_of(marked) - cycles_of(plain)
            most = 16 + PAGES // 8 if kind == FORK else 12
            assert abs(difference) <= most, (kind, difference)


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_phase_of_a_fault_is_where_it_belongs(variant: str) -> None:
    copies_last = variant == "cow-array"
    for kind in (COPY, LAST):
        expected = COPYING if kind == COPY or copies_last else REUSING
        if copies_in_fork(variant):
            expected = STORING
        for sample in samples_of(variant, phases=True)[kind]:
            found = phases_of(sample)
            wrong = {n: t for n, t in found.items() if t not in expected[n]}
            assert not wrong, f"kind {kind}: {found}"


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_phase_of_a_fork_is_where_it_belongs(variant: str) -> None:
    for sample in samples_of(variant, phases=True)[FORK]:
        found = phases_of(sample)
        pages = sample.counters["pages_shared"] + sample.counters["pages_copied"]
        assert PAGES < pages < PAGES + 64
        each = {name: found[name] / pages for name in NAMES}
        assert 2 <= each["lookup"] <= 8, found
        assert 2 <= each["map"] <= 10, found
        if copies_in_fork(variant):
            assert COPY_LEAST <= each["copy"] <= COPY_MOST, found
            assert 20 <= each["allocate"] <= 45, found
            assert found["count"] == 0, found
        else:
            assert found["copy"] == 0, found
            assert 200 <= found["allocate"] <= 800, found  # tables only
            assert 3 <= each["count"] <= 40, found
        assert 10 <= found["flush"] <= 40, found
        assert 40 <= found["entry"] <= 110, found
        assert 30 <= found["exit"] <= 80, found
        assert 200 <= found["other"] <= 800, found


def without_marks(root: Path) -> int:
    """Takes the marks out of a copy of the sources; how many there were."""
    mark = re.compile(r"^ *phase_end\(PHASE_\w+\);\n|^#include \"mm/phases\.h\"\n", re.MULTILINE)
    removed = 0
    for folder in ("kernel", "variants"):
        for path in [*(root / folder).rglob("*.[ch]")]:
            text, count = mark.subn("", path.read_text())
            path.write_text(text)
            removed += count if path.name != "phases.c" else 0
    (root / "kernel" / "mm" / "phases.h").unlink()
    return removed


def image_of(kernel: Path, folder: Path) -> bytes:
    """What of a kernel gets into memory."""
    out = folder / "image"
    words = ["riscv64-unknown-elf-objcopy", "-O", "binary", kernel, out]
    subprocess.run(words, check=True, timeout=60)
    return out.read_bytes()


@pytest.mark.parametrize("variant", VARIANTS)
def test_other_kernels_have_no_trace_of_marks(variant: str, tmp_path: Path) -> None:
    """Sources without a mark make the same image."""
    ignored = shutil.ignore_patterns(
        ".git", "build", "results", "__pycache__", ".pytest_cache", "tests", "docs"
    )
    shutil.copytree(ROOT, tmp_path / "clone", ignore=ignored)
    assert without_marks(tmp_path / "clone") > 30
    for lazy in (False, True):
        words = ["make", "-s", kernel(variant, lazy=lazy)]
        subprocess.run(
            words, cwd=tmp_path / "clone", check=True, timeout=900, stdout=subprocess.DEVNULL
        )
        plain = kernel_path(variant, lazy=lazy, build=tmp_path / "clone" / "build")
        marked = kernel_path(variant, lazy=lazy)
        assert image_of(plain, tmp_path) == image_of(marked, tmp_path)


def test_kernels_with_marks_have_them() -> None:
    """What the test above compares is not blind."""
    variant = variants_under_test()[0]
    names = {}
    for phases in (False, True):
        words = ["riscv64-unknown-elf-nm", str(kernel_path(variant, phases=phases))]
        done = subprocess.run(words, check=True, timeout=60, capture_output=True, text=True)
        names[phases] = "phase_marks" in done.stdout
    assert names == {False: False, True: True}
