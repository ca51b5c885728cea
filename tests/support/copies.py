"""Copies of the project, for tests that change it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from bench.host.running.machine import BUILD, ROOT

FOLDERS = ("kernel", "user", "bench", "variants", "tools")
# Python may be writing there just now.
IGNORED = shutil.ignore_patterns("__pycache__", ".pytest_cache", "one-*")


def copy_project(to: Path, folders: Sequence[str] = FOLDERS, built: Sequence[str] = ()) -> Path:
    """A copy of these folders and of what is built, if it is there; nothing of it is built again."""
    to.mkdir(parents=True)
    for file in (*ROOT.glob("[A-Z]*"), ROOT / "cowshed", ROOT / "pyproject.toml"):
        if file.is_file():
            shutil.copy2(file, to)
    for source, target, names in ((ROOT, to, folders), (BUILD, to / "build", built)):
        target.mkdir(exist_ok=True)
        for name in names:
            if (source / name).is_dir():
                shutil.copytree(source / name, target / name, ignore=IGNORED, symlinks=True)
            elif (source / name).exists():
                shutil.copy2(source / name, target)
    return to
