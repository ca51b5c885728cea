"""Harts that share out processes under the exact clock, and kernel stacks that overflow.

Both want a kernel that is changed a little. QEMU lets one hart run until its turn is over, or it
sleeps: so ticks come a hundred times as often, and a hart that waits for another one sleeps.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.host.running.machine import BUILD, ROOT, run
from tests.guest.guest_machine import GuestMachine, GuestRun, parse, variants_under_test
from tests.mutations.mutation import Edit, Mutation
from tests.mutations.run import NOT_COPIED, apply, make

HARTS_TAKE_TURNS = (
    Edit("kernel/arch/timer.h", "TICKS_PER_SECOND 10\n", "TICKS_PER_SECOND 1000\n"),
    Edit("kernel/arch/csr.h", ".insn i 0x0f, 0, x0, x0, 0x010", "wfi"),
)

# sleep() of this many ticks, which a guest test asks for, calls itself over and over.
STACK_OVERFLOWS = (
    Edit(
        "kernel/sys/process.c",
        "int64_t sys_sleep(",
        "static __attribute__((noinline)) int64_t deeper(volatile int64_t depth)\n"
        "{\n"
        "    return depth ? deeper(depth - 1) + depth : depth;\n"
        "}\n\n"
        "int64_t sys_sleep(",
    ),
    Edit(
        "kernel/sys/process.c",
        "    return ticks <= 0 ||",
        "    return ticks == -0x7fffffff && deeper(100000) ? -1 : ticks <= 0 ||",
    ),
)

CHANGED = Mutation(
    name="harts",
    what="harts take turns, and a stack can overflow",
    edits=HARTS_TAKE_TURNS + STACK_OVERFLOWS,
)

pytestmark = [
    pytest.mark.needs(CHANGED.variant),
    pytest.mark.xdist_group("harts"),
]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the changed kernel and the guest tests are."""
    root = tmp_path_factory.mktemp("harts") / "sources"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    apply(CHANGED, root)
    make(root, f"kernel+{CHANGED.variant}")
    shutil.copy(BUILD / "tests.img", root / "build")
    return root / "build"


def run_test(name: str, harts: int, build: Path) -> GuestRun:
    machine = GuestMachine(CHANGED.variant, harts, debug=False, exact=True, time_limit=60)
    outcome = run(machine.config(name, build))
    results, planned = parse(outcome.lines)
    return GuestRun(results, planned, outcome.status, outcome.lines, "")


@pytest.mark.parametrize("harts", [2, 4])
def test_turns_are_even_on_all_harts(harts: int, build: Path) -> None:
    """The same on any host: nothing here depends on real time."""
    name = "turns_are_even_on_all_harts"
    result = run_test(name, harts, build).result(name)
    assert result.ok and not result.skipped, "\n".join(result.console)


def test_overflow_of_a_kernel_stack_is_told(build: Path) -> None:
    machine = run_test("sleep_of_nothing", 1, build)
    assert machine.status == 255
    assert machine.lines[-1].startswith(
        "cowshed: panic: kernel stack overflow of pid 2 (runner), sepc ffffffffc00"
    )
