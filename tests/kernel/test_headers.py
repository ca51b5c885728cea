"""Headers compile alone, and include nothing of a layer above their own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.guest.guest_machine import variants_under_test

CROSS = "riscv64-unknown-elf-gcc -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany"
FLAGS = "-std=gnu11 -Wall -Wextra -Werror -fsyntax-only -xc -".split()
# What the sources that include the headers of a folder are compiled with.
COMPILERS = {
    "kernel": f"{CROSS} -ffreestanding -Ikernel -Iuser/include -Ivariants -Ivariants/",
    "user": f"{CROSS} -ffreestanding -Iuser/include",
    "bench/guest": f"{CROSS} -ffreestanding -Iuser/include -Ibench/guest/runner -Ibench/probe",
    "bench/probe": "gcc -Ibench/probe",
    "tests/guest": f"{CROSS} -ffreestanding -Iuser/include",
    "tests/programs": f"{CROSS} -ffreestanding -Iuser/include -Itests/guest -Itests/programs",
    "tools": "gcc -Ikernel",
}
LISTS = {ROOT / "tests/programs/usertest/parts.h"}  # of PART(name), which is defined in two ways
HEADERS = [
    (path.relative_to(ROOT), folder)
    for folder in COMPILERS
    for path in sorted((ROOT / folder).rglob("*.h"))
    if path not in LISTS
]


def check_compiles(words: str, text: str) -> None:
    done = subprocess.run(
        [*words.split(), *FLAGS], cwd=ROOT, input=text, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("header", "folder"), HEADERS, ids=lambda value: str(value))
def test_header_compiles_alone(header: Path, folder: str) -> None:
    """And a second time, when it has been included."""
    variant = variants_under_test()[0] if folder == "kernel" else ""
    check_compiles(COMPILERS[folder] + variant, 2 * f'#include "{ROOT / header}"\n')


@pytest.mark.parametrize("variant", variants_under_test())
def test_strategy_compiles_alone(variant: str) -> None:
    """The headers of a strategy are parts of mm/cow.h, which includes them."""
    check_compiles(COMPILERS["kernel"] + variant, '#include "mm/cow.h"\n')


def layers() -> list[str]:
    """The folders in the table of kernel/README.md, from the lowest."""
    table = re.findall(r"^\| `(\w+)` \|", (ROOT / "kernel/README.md").read_text(), re.MULTILINE)
    return table[::-1]


def includes(top: Path) -> Iterator[tuple[Path, str]]:
    """The sources below a folder, with each layer of which they include a header."""
    for path in sorted(top.rglob("*.[chS]")):
        for layer in re.findall(r'^#include "(\w+)/', path.read_text(), re.MULTILINE):
            if layer in layers():
                yield path.relative_to(ROOT), layer


def test_layers_use_those_below_them() -> None:
    """And a strategy is a part of mm."""
    order = layers()
    folders = {path.name for path in (ROOT / "kernel").iterdir() if path.is_dir()}
    assert set(order) == folders and order[0] == "arch"
    tops = {f"kernel/{layer}": layer for layer in order} | {"variants": "mm"}
    upward = {
        f"{path} includes {used}/"
        for top, layer in tops.items()
        for path, used in includes(ROOT / top)
        if order.index(used) > order.index(layer)
    }
    assert not upward
