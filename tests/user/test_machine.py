"""The shell and the utilities in a machine: the same lines as on the host, in one boot."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import BUILD, Disk, MachineConfig, kernel_path, run
from tests.user.user_cases import LINES, TEXT, UTILITIES, WRONG_LINES

VARIANT = "cow-reuse"

pytestmark = [
    pytest.mark.needs(VARIANT),
    pytest.mark.xdist_group("user-machine"),
]


@dataclass(frozen=True)
class Case:
    """A line and what it leads to; None: it can be anything."""

    line: str
    status: int
    said: str | None  # on both descriptors
    starts: str = ""  # one of the lines said


def cases() -> list[Case]:
    found = [Case(line, 0, out) for line, out in LINES]
    found += [Case(line, status, None, err) for line, status, err in WRONG_LINES]
    for line, out, err, status in UTILITIES:
        found.append(Case(line, status, None if err is None else out + err))
    return [case for case in found if fits(case)]


def fits(case: Case) -> bool:
    """Lines of a script are shorter than arguments; the machine is needed for the next case."""
    ends = case.line.startswith("poweroff") and "usage" not in (case.said or "")
    return not ends and len(case.line) < 2000 and case.line not in ("memstat 1", "a |\nb")


CASES = cases()

# Each case runs in a folder of its own.
SET_UP = "mkdir /w/{0}; cd /w/{0}; mkdir bin; cp /bin/ls bin; cp /text text"


def make_disk(folder: Path) -> Path:
    """The system, with a script for each case and one that runs all of them."""
    root = folder / "root"
    shutil.copytree(BUILD / "root.root", root)
    (root / "w").mkdir()
    (root / "cases").mkdir()
    (root / "text").write_text(TEXT)
    runner = []
    for number, case in enumerate(CASES):
        (root / "cases" / str(number)).write_text(case.line + "\n")
        runner += [SET_UP.format(number), f"echo @ {number}"]
        runner += [f"sh /cases/{number} && echo @ well || echo @ not"]
    (root / "cases" / "all").write_text("\n".join(runner) + "\necho @ end\n")
    image = folder / "disk.img"
    make: list[str | Path] = [
        BUILD / "tools" / "mkfs",
        "--device",
        "/console:1:0",
        "--size",
        "16M",
        image,
        root,
    ]
    subprocess.run(make, check=True, timeout=60)
    return image


@cache
def answers(folder: Path) -> dict[int, list[str]]:
    """What each case said; the last line tells whether its status was 0."""
    config = MachineConfig(
        kernel=kernel_path(VARIANT),
        disks=(Disk(make_disk(folder), durable=False),),
        bootargs="init=/init -- /bin/sh /cases/all",
        memory="128M",
        harts=4,
        free_running=True,
        time_limit=600,
    )
    outcome = run(config)
    text = "\n".join(outcome.lines)
    assert outcome.status == 0 and "\n@ end" in text, text[-3000:]
    found = re.findall(r"^@ (\d+)\n((?:.*\n)*?@ (?:well|not))$", text, re.MULTILINE)
    return {int(number): said.splitlines() for number, said in found}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[str]]:
    return answers(tmp_path_factory.mktemp("user-machine"))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.line[:40] for case in CASES])
def test_case(machine: dict[int, list[str]], number: int) -> None:
    case = CASES[number]
    *said, end = (re.sub(f"/cases/{number}:\\d+: ", "", line) for line in machine[number])
    assert end == ("@ well" if case.status == 0 else "@ not"), said
    if case.said is not None:
        assert sorted(said) == sorted(case.said.splitlines())
    if case.starts:
        assert any(line.startswith(case.starts.rstrip("\n")) for line in said), said
