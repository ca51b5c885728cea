"""The sources that a result depends on, and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

# What makes the image and the numbers, apart from the variant's own folder. The host's part is
# what makes a disk (where a file lies on it is in the time of exec), and what runs and reads a machine,
# under either clock: how a table looks does not change a result.
SHARED_SOURCES = (
    "Makefile",
    "kernel",
    "user",
    "variants/common",
    "bench/guest",
    "tools/image.c",
    "tools/image.h",
    "tools/mkfs.c",
    "tools/stage.py",
    "tools/tree.c",
    "tools/tree.h",
    "bench/host/running/machine.py",
    "bench/host/running/measure.py",
    "bench/host/running/protocol.py",
    "bench/host/running/protocol.schema.json",
    "bench/host/running/boot_rounds.py",
    "bench/host/stored/results.py",
)
SOURCE_SUFFIXES = {".c", ".h", ".S", ".ld", ".py", ".json", ".mk"}
SOURCE_NAMES = {"sources"}  # of a variant: which building blocks it is linked with


def source_hash(root: Path, *, variant: str | None = None) -> str:
    """A hash of the sources that a result depends on; without a variant, of the shared ones.

    It depends on the names and contents of files only, so that two clones agree.
    """
    tops = [*SHARED_SOURCES, *([f"variants/{variant}"] if variant else [])]
    digest = hashlib.sha256()
    for path in sorted(set(_files(root, tops))):
        content = (root / path).read_bytes()
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return "sha256:" + digest.hexdigest()


def _files(root: Path, tops: list[str]) -> Iterator[str]:
    for top in tops:
        path = root / top
        if path.is_file():
            yield top
        for file in path.rglob("*") if path.is_dir() else ():
            known = file.suffix in SOURCE_SUFFIXES or file.name in SOURCE_NAMES
            if known and file.is_file():
                yield file.relative_to(root).as_posix()
