#!/usr/bin/python3
"""Check the sources that are given as PROGS='a.c path/to/b.c', before anything is built of them."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

NAME_SIZE = 14  # bytes, as FS_NAME_SIZE in kernel/fs/format.h


def fault_of(sources: list[Path], taken: set[str]) -> str | None:
    """What is wrong with the sources; None: nothing."""
    first: dict[str, Path] = {}
    for source in sources:
        name = source.stem
        if re.search(r"[^\w./~+-]", str(source)):
            return f"{source} has characters that make cannot handle in a file's name"
        if not source.exists():
            return f"there is no file {source}"
        if not source.is_file() or source.suffix != ".c":
            return f"{source} is not a C source: its name must end in .c"
        if len(name.encode()) > NAME_SIZE:
            return (
                f"{source} would become the program {name}, whose name has "
                f"{len(name.encode())} bytes; a disk's names have at most {NAME_SIZE}"
            )
        if name in taken:
            return f"{source} would become the program {name}, and the image has another /{name}"
        if name in first:
            return f"{first[name]} and {source} would both become the program {name}"
        first[name] = source
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taken", default="", metavar="'NAME ...'", help="names that are in use")
    parser.add_argument("sources", nargs="*", type=Path, metavar="SOURCE")
    options = parser.parse_args()
    fault = fault_of(options.sources, set(options.taken.split()))
    if fault is not None:
        print(f"PROGS: {fault}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
