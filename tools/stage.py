"""Lay out the root folder of a disk image.

usage: stage.py FOLDER SOURCE=/NAME[,/NAME...] ...

FOLDER is made anew. A SOURCE that is a file gets all its names, as hard links; of a SOURCE that is
a folder, the content goes below the name.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path, PurePosixPath

from bench.host import program


class StageError(Exception):
    """A layout that cannot be: the message names what is in the way."""


def _target(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if not path.is_absolute() or ".." in path.parts:
        raise StageError(f"'{name}' is no name on the disk: it must start with /, without ..")
    return folder.joinpath(*path.parts[1:])


class Layout:
    """The root folder while it is filled; it knows where each file came from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origins: dict[Path, Path] = {}
        if folder.is_dir():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)

    def _claim(self, source: Path, target: Path) -> None:
        """Make sure that nothing else is called so."""
        name = f"/{target.relative_to(self.folder)}"
        if target in self.origins:
            raise StageError(f"{name} would be both {self.origins[target]} and {source}")
        if target.is_dir():
            raise StageError(f"{name} would be both a folder and {source}")
        for above in target.relative_to(self.folder).parents:
            if self.folder / above in self.origins:
                other = self.origins[self.folder / above]
                raise StageError(f"/{above} would be both a folder, for {source}, and {other}")
        target.parent.mkdir(parents=True, exist_ok=True)
        self.origins[target] = source

    def add(self, source: Path, names: list[str]) -> None:
        if source.is_dir():
            for name in names:
                self._add_folder(source, _target(self.folder, name))
        elif source.is_file():
            targets = [_target(self.folder, name) for name in names]
            for number, target in enumerate(targets):
                self._claim(source, target)
                if number == 0:
                    shutil.copyfile(source, target)
                else:
                    os.link(targets[0], target)
        else:
            raise StageError(f"{source} does not exist")

    def _add_folder(self, source: Path, target: Path) -> None:
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(source.rglob("*")):
            place = target / path.relative_to(source)
            if path.is_dir():
                place.mkdir(parents=True, exist_ok=True)
            else:
                self._claim(path, place)
                shutil.copyfile(path, place, follow_symlinks=False)


def main() -> int:
    parser = argparse.ArgumentParser(description="Lay out the root folder of a disk image.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="made anew")
    parser.add_argument("items", nargs="*", metavar="SOURCE=/NAME[,/NAME...]")
    options = parser.parse_args()
    try:
        layout = Layout(options.folder)
        for item in options.items:
            source, equals, names = item.rpartition("=")
            if not equals or not source:
                raise StageError(f"'{item}' is not of the form SOURCE=/NAME[,/NAME...]")
            layout.add(Path(source), names.split(","))
    except (StageError, OSError) as error:
        print(f"stage: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    program.run(main)
