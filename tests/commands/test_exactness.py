"""Exactness of whole runs: two clones in folders of different names build the same machine, and
what they measure is the same to the byte, whatever else the host does meanwhile.

tests/bench/guest/test_exact.py looks at single machines of every variant.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.copies import copy_project

VARIANT = "cow-hash"  # the one whose instructions depend most on where frames lie
# What the first clone takes as it was built here. The second compiles all of it in its own folder.
BUILT = (
    VARIANT,
    "bench-root",
    "stripped",
    "tools",
    "user",
    "user-root",
)

LIMIT = 900  # seconds, for what hangs: on a busy computer a build may take minutes

pytestmark = pytest.mark.xdist_group("exactness")


DISKS = ("build/bench.img", "build/root.img")
# Not those that take long, such as capacity.
SOME = "null,fork,fork_touch,fork_exit,fork_exec,shell_pipeline,write_*,memory,snapshot,file_*"


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two copies of the project, built in folders of different names. The Makefile of the second has one
    comment more."""
    top = tmp_path_factory.mktemp("clones")
    folders = [
        copy_project(top / "a", built=BUILT),
        copy_project(top / "another-folder" / "with-a-longer-name"),
    ]
    with (folders[1] / "Makefile").open("a", encoding="utf-8") as makefile:
        makefile.write("# A comment.\n")
    for folder in folders:
        (folder / "results").mkdir()
        subprocess.run(
            ["make", "-s", f"layouts+{VARIANT}", *DISKS],
            cwd=folder,
            check=True,
            timeout=LIMIT,
            stdout=subprocess.DEVNULL,
        )
    return folders


@contextmanager
def load() -> Iterator[None]:
    """More busy processes than CPUs."""
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range((os.cpu_count() or 1) + 1)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def digests(clone: Path) -> dict[str, str]:
    """What a machine is made of."""
    files = [*clone.glob("build/*/kernel.elf"), *clone.glob("build/*.img")]
    return {
        str(path.relative_to(clone)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def results_of_bench(clone: Path) -> bytes:
    """Every sample of a whole run of the benchmarks, smaller than usual, and what it was measured with."""
    words = [
        str(clone / "cowshed"),
        "bench",
        f"VARIANT={VARIANT}",
        "PAGES=0,256",
        "REPEAT=3",
        f"BENCH={SOME}",
    ]
    subprocess.run(words, cwd=clone, check=True, timeout=LIMIT, stdout=subprocess.DEVNULL)
    return (clone / "results" / "custom" / f"{VARIANT}.json").read_bytes()


def test_clones_build_the_same_images(clones: list[Path]) -> None:
    first, second = map(digests, clones)
    assert len([name for name in first if name.endswith(".img")]) == 2
    assert first == second


def test_clones_measure_the_same_under_load(clones: list[Path]) -> None:
    first = results_of_bench(clones[0])
    with load():
        second = results_of_bench(clones[1])
    assert len(first.splitlines()) > 100
    assert first == second
