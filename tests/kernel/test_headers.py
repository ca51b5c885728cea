"""Headers compile alone, and include nothing of a layer above their own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from bench.host.variants import all_variants
from tests.guest.guest_machine import variants_under_test

VARIANTS = ROOT / "variants"
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


def compile_text(words: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*words.split(), *FLAGS], cwd=ROOT, input=text, capture_output=True, text=True, timeout=60
    )


def check_compiles(words: str, text: str) -> None:
    done = compile_text(words, text)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("header", "folder"), HEADERS, ids=lambda value: str(value))
def test_header_compiles_alone(header: Path, folder: str) -> None:
    """And a second time, when it has been included."""
    variant = variants_under_test()[0] if folder == "kernel" else ""
    check_compiles(COMPILERS[folder] + variant, 2 * f'#include "{ROOT / header}"\n')


def included_by(header: str, variant: str) -> set[str]:
    """The headers of variants/ that a header includes, directly or not; itself too."""
    found: set[str] = set()
    left = [header]
    while left:
        name = left.pop()
        path = next(p for p in (VARIANTS / variant / name, VARIANTS / name) if p.exists())
        if str(path.relative_to(VARIANTS)) in found:
            continue
        found.add(str(path.relative_to(VARIANTS)))
        names = re.findall(r'^#include "(\S+)"', path.read_text(), re.MULTILINE)
        left += [n for n in names if (VARIANTS / variant / n).exists() or (VARIANTS / n).exists()]
    return found


def blocks() -> dict[str, str]:
    """Each header of variants/ that a variant uses, with the first such variant: its parts are those that the
    header may use."""
    found: dict[str, str] = {}
    for variant in all_variants(ROOT):
        heads = [
            n for n in ("variant.h", "counts.h", "state.h") if (VARIANTS / variant / n).exists()
        ]
        for block in sorted(set().union(*(included_by(head, variant) for head in heads))):
            found.setdefault(block, variant)
    return found


def test_each_block_is_used() -> None:
    headers = {str(path.relative_to(VARIANTS)) for path in VARIANTS.rglob("*.h")}
    assert headers == blocks().keys()


@pytest.mark.parametrize(("block", "variant"), blocks().items(), ids=lambda value: str(value))
def test_block_compiles_alone(block: str, variant: str) -> None:
    """In whichever order a variant includes its blocks, each may be the first."""
    check_compiles(COMPILERS["kernel"] + variant, 2 * f'#include "{VARIANTS / block}"\n')


@pytest.mark.parametrize("variant", variants_under_test())
def test_strategy_compiles_alone(variant: str) -> None:
    check_compiles(COMPILERS["kernel"] + variant, '#include "mm/cow.h"\n')


def hooks() -> list[str]:
    """The functions that the contract declares."""
    text = (ROOT / "kernel/mm/cow.h").read_text()
    declared = re.findall(r"^static inline [^;{]*?(\w+)\([^;{]*\);", text, re.MULTILINE)
    stores = re.findall(r"^COUNTS_HAVE\((\w+)", text, re.MULTILINE)
    assert len(declared) == 17 and len(stores) == 6
    return declared + stores


def without(hook: str, kind: str, folder: Path) -> str:
    """A copy of a strategy in which a function has another name, or type; how it is compiled."""
    shutil.copytree(VARIANTS / "common", folder / "common")
    shutil.copytree(VARIANTS / "eager", folder / "eager")
    definition = re.compile(rf"^static inline ([\w ]+?){hook}\(", re.MULTILINE)
    new = rf"static inline \1{hook}_(" if kind == "name" else f"static inline short {hook}("
    changed = 0
    for block in included_by("variant.h", "eager") | included_by("counts.h", "eager"):
        text, found = definition.subn(new, (VARIANTS / block).read_text())
        (folder / block).write_text(text)
        changed += found
    assert changed == 1
    return f"{CROSS} -ffreestanding -Ikernel -Iuser/include -I{folder} -I{folder}/eager"


@pytest.mark.parametrize("hook", hooks())
@pytest.mark.parametrize("kind", ("name", "type"))
def test_missing_hook_is_named(hook: str, kind: str, tmp_path: Path) -> None:
    done = compile_text(without(hook, kind, tmp_path), '#include "mm/cow.h"\n')
    said = {
        "name": f"'{hook}' ((declared .*|used )but never defined|undeclared)",
        "type": f"conflicting types for '{hook}'|the type of {hook} is: ",
    }
    assert done.returncode != 0
    assert re.search(f"error: .*({said[kind]})", done.stderr), done.stderr


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
