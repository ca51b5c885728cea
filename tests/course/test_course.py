"""Programs as courses have them, in tests/course, are compiled unchanged and do what they expect."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT, MachineConfig, kernel_path, run

VARIANT = "cow-reuse"

pytestmark = [
    pytest.mark.needs(VARIANT),
    pytest.mark.xdist_group("images"),
]

CASES = {
    "constants": (
        3,
        """\
4096 4096 4096 12288
0x0000004000000000 0x0000000080000000 0x0000000088000000
64 16 32 128
14 268 16
2 200 400
1 2 3
device
""",
    ),
    "newest": (0, "1 30 8\npause: 0 0\neager: -1\nchild: 0\n1 1\n"),
    "old": (0, "at 0: 1\nmine\na copy 10 4\n"),
    "depth": (
        0,
        """\
./f/e/d/c/b/a
cowshed: pid 2 (depth) killed: its stack of one page is full, a store to ADDRESS at ADDRESS
cowshed: pid 3 (depth) killed: illegal instruction (scause 2, stval 0) at ADDRESS
deeper: -1
""",
    ),
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("course") / "disk.img"
    programs = " ".join(f"tests/course/{name}.c" for name in CASES)
    make = ["make", "-s", "image", f"PROGS={programs}", f"IMAGE={path}"]
    subprocess.run(make, cwd=ROOT, check=True, timeout=300)
    return path


@pytest.mark.parametrize("name", CASES)
def test_program(image: Path, name: str) -> None:
    """As the first process, so that its status is the machine's."""
    outcome = run(
        MachineConfig(
            kernel=kernel_path(VARIANT),
            initrd=image,
            bootargs=f"init=/{name}",
            memory="64M",
            free_running=True,
        )
    )
    status, said = CASES[name]
    lines = outcome.lines
    first = next(number for number, line in enumerate(lines) if line.startswith("cowshed: boot"))
    found = [line for line in lines[first + 1 :] if line]
    expected = said.splitlines()
    assert len(found) == len(expected), found
    for line, words in zip(found, expected):
        start, _, _ = words.partition("ADDRESS")
        assert line.startswith(start) if "ADDRESS" in words else line == words
    assert outcome.status == status
