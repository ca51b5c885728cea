"""Kernels that are broken, or slower by a known number of instructions: the benchmarks show it, to
the instruction, where it is, and only there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.host.running.machine import BUILD, ROOT
from bench.host.running.protocol import ProtocolError
from tests.bench.guest.benchmark_machine import VARIANTS, benchmarks_of, counters_of, time_of
from tests.mutations.mutation import Edit, Mutation
from tests.mutations.run import NOT_COPIED, apply, make

VARIANT = "cow-array"
PAGES = 64
BURNT = 1_001  # instructions
BURN = '__asm__ volatile("li t0, 500\\n1: addi t0, t0, -1\\n bnez t0, 1b" ::: "t0");'

SLOW = Mutation(
    name="slow_exec_and_copy",
    what="exec, and each fault that copies, take 1,001 instructions more",
    edits=(
        Edit(
            "kernel/proc/exec.c",
            "    char path[MAXPATH];\n",
            f"    char path[MAXPATH];\n    {BURN}\n",
        ),
        Edit(
            "variants/common/copy.h",
            "    page_copy(pfn_to_virt(new), pfn_to_virt(old));\n",
            f"    page_copy(pfn_to_virt(new), pfn_to_virt(old));\n    {BURN}\n",
        ),
    ),
)

# The child's pages can be executed but not read, so that a load traps, and is served like a store.
COPIES_ON_READ = Mutation(
    name="copies_on_read",
    what="a child that reads a page gets a copy of it",
    edits=(
        Edit(
            "variants/common/fork_share.h",
            "        to[i] = pte;\n",
            "        to[i] = pte & PTE_COW ? (pte & ~PTE_R) | PTE_X : pte;\n",
        ),
        Edit(
            "variants/common/copy.h",
            "pte_make(new, (*entry & PTE_FLAGS) ^ PTE_OWN_OR_COW)",
            "pte_make(new, ((*entry & PTE_FLAGS & ~PTE_X) | PTE_R) ^ PTE_OWN_OR_COW)",
        ),
        Edit(
            "variants/common/fault_page.h",
            "return access == ACCESS_STORE && entry & PTE_COW;",
            "return access != ACCESS_FETCH && entry & PTE_COW;",
        ),
    ),
)

GRANTS_AND_LEAKS = Mutation(
    name="grants_and_leaks",
    what="a write to a shared heap page is granted without a copy; a fork that fails leaks a frame",
    edits=(
        Edit(
            "variants/common/copy.h",
            "    pfn_t new = space_frame(space);\n",
            "    if (page >= space->heap) {\n"
            "        *entry ^= PTE_COW | PTE_W;\n"
            "        tlb_flush_page(page);\n"
            "        return FAULT_SERVED;\n"
            "    }\n"
            "    pfn_t new = space_frame(space);\n",
        ),
        Edit(
            "kernel/proc/proc.c",
            "    if (!child->space) {\n        proc_give(child);\n",
            "    if (!child->space) {\n        frame_alloc();\n        proc_give(child);\n",
        ),
    ),
)

TICKS_OFTEN = Mutation(
    name="ticks_often",
    what="a tick each million instructions",
    edits=(Edit("kernel/arch/timer.h", "TICKS_PER_SECOND 10\n", "TICKS_PER_SECOND 1000\n"),),
)

YIELDS_OFTEN = Mutation(
    name="yields_often",
    what="each system call yields",
    edits=(
        Edit(
            "kernel/sys/syscall.c",
            "    irq_disable();\n",
            "    irq_disable();\n    sched_yield();\n",
        ),
        Edit(
            "kernel/sys/syscall.c",
            '#include "sys/calls.h"\n',
            '#include "proc/sched.h"\n#include "sys/calls.h"\n',
        ),
    ),
)

# Small ones of those in which several processes are at work.
SEVERAL_PROCESSES: dict[str, dict[str, str]] = {
    "fork_wide": {"children": "16"},
    "snapshot": {"pages": "1024", "updates": "100"},
    "shell_pipeline": {},
}

pytestmark = pytest.mark.needs(VARIANT)


def build_of(mutation: Mutation, folder: Path) -> Path:
    root = folder / "sources"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    apply(mutation, root)
    make(root, f"kernel+{VARIANT}")
    return root / "build"


def times(build: Path) -> dict[str, int]:
    """What one sample of each family takes, in instructions."""
    pages = {"pages": str(PAGES)}
    families: dict[str, dict[str, str]] = {
        "fork_read": pages | {"percent": "100"},
        "fork_touch": pages | {"percent": "0,50,100"},
        "fork_wide": {"children": "3"},
        "fork_deep": {"generations": "3"},
        "exec_only": {},
        "spawn_small": pages,
        "shell_pipeline": {},
    }
    found = {}
    for family, parameters in families.items():
        for name, benchmark in benchmarks_of(VARIANT, family, build=build, **parameters).items():
            found[f"{family}/{name}".rstrip("/")] = time_of(benchmark)
    return found


def test_what_is_slower_shows_where_it_is_and_nowhere_else(tmp_path: Path) -> None:
    usual, slow = times(BUILD), times(build_of(SLOW, tmp_path))
    burns = {name: (slow[name] - usual[name]) / BURNT for name in usual}
    expected = {
        f"fork_read/pages:{PAGES}/percent:100": 0,
        f"fork_touch/pages:{PAGES}/percent:0": 0,
        f"fork_touch/pages:{PAGES}/percent:50": PAGES // 2,
        f"fork_touch/pages:{PAGES}/percent:100": PAGES,
        "fork_wide/children:3": 3 * 256 + 1,
        "fork_deep/generations:3": 3 * 256,
        "exec_only": 1,
        f"spawn_small/pages:{PAGES}": 1,
        # The shell tries each name in the current folder first; pages that four processes write.
        "shell_pipeline": 1 + 3 * 2 + 19,
    }
    # The compiler may arrange a few instructions of the same functions otherwise.
    assert burns == pytest.approx(expected, abs=0.05, rel=0.002)


def test_a_kernel_that_copies_on_reads_is_seen(tmp_path: Path) -> None:
    found = benchmarks_of(
        VARIANT,
        "fork_read",
        pages=str(PAGES),
        percent="0,100",
        build=build_of(COPIES_ON_READ, tmp_path),
    )
    none, all_of_them = found[f"pages:{PAGES}/percent:0"], found[f"pages:{PAGES}/percent:100"]
    copies = counters_of(all_of_them)["faults_copy"] - counters_of(none)["faults_copy"]
    assert copies == PAGES
    assert time_of(all_of_them) - time_of(none) > 1_024 * PAGES


def test_a_kernel_that_mixes_up_memory_is_seen(tmp_path: Path) -> None:
    build = build_of(GRANTS_AND_LEAKS, tmp_path)
    expected: dict[str, tuple[dict[str, str], str]] = {
        "snapshot": (
            {"pages": "64", "updates": "100"},
            "the saver saw other records than there were at the fork",
        ),
        "prefork": ({"workers": "2"}, "a worker saw data that is not its own"),
        "forkserver": ({"pages": "16"}, "a case saw what another has written"),
        "capacity": ({"pages": "16000"}, "frames are free after it, [0-9]+ were before"),
    }
    for family, (parameters, message) in expected.items():
        with pytest.raises(ProtocolError, match=message):
            benchmarks_of(VARIANT, family, build=build, **parameters)


@pytest.mark.parametrize(
    "mutation, spared, cause",
    [
        (TICKS_OFTEN, "shell_pipeline", "3 for a timer tick and 0 for a context switch"),
        (YIELDS_OFTEN, "fork_wide", "0 for a timer tick and 3 for a context switch"),
    ],
    ids=["ticks", "switches"],
)
def test_samples_with_an_unexpected_tick_or_switch_are_rejected(
    mutation: Mutation, spared: str, cause: str, tmp_path: Path
) -> None:
    """One is shorter than a tick even so, and one takes any number of switches."""
    build = build_of(mutation, tmp_path)
    for family, parameters in SEVERAL_PROCESSES.items():
        if family == spared:
            benchmarks_of(VARIANT, family, build=build, **parameters)
            continue
        with pytest.raises(ProtocolError, match=f"{family}.*than the 2 wanted, {cause}"):
            benchmarks_of(VARIANT, family, build=build, **parameters)


def test_samples_that_are_longer_than_a_tick_are_kept() -> None:
    """They say what there was beside the work."""
    (found,) = benchmarks_of(VARIANT, "fork_wide", repeat=1, children="300").values()
    assert time_of(found) > 100_000_000 and found.rejected == 0
    assert counters_of(found)["ticks"] == 1
