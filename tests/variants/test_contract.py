"""The kernel's side of the contract: the strategy of the folder watching panics where the kernel breaks it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.host.running.machine import BUILD, ROOT, run
from tests.guest.guest_machine import GuestMachine, parse
from tests.mutations.run import NOT_COPIED, make
from tools.make import kernel

GLOBS = "row1_*,row3_*,row16_*,row19_*,exec_*,sbrk_*,lazy_*"
VARIANT = "watching"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which it is a variant, and the only one."""
    copy = tmp_path_factory.mktemp("contract") / "project"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    shutil.copytree(ROOT / "tests/variants" / VARIANT, copy / "variants" / VARIANT)
    (copy / "build").mkdir()
    shutil.copy(BUILD / "tests.img", copy / "build")
    return copy


@pytest.mark.xdist_group("contract")
@pytest.mark.parametrize(("harts", "lazy"), ((1, False), (1, True), (4, False)))
def test_kernel_keeps_the_contract(project: Path, harts: int, lazy: bool) -> None:
    make(project, kernel(VARIANT, debug=harts == 1, lazy=lazy))
    machine = GuestMachine(VARIANT, harts, harts == 1, lazy, globs=GLOBS, time_limit=120)
    outcome = run(machine.config(GLOBS, project / "build"))
    results, planned = parse(outcome.lines)
    failed = [name for name, result in results.items() if not result.ok]
    assert planned and planned == len(results) and not failed, "\n".join(outcome.lines[-20:])
