"""Begin a variant as a copy of another: make variant NAME=my-idea FROM=cow-reuse."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

from bench.host import program

ROOT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
# Names that would share a folder of variants/ or build/ with something else.
RESERVED = re.compile(
    r"common|user|tools|run|qemu|soak|stripped|host-tests|test-(files|programs)|(bench|tests|user)-root"
    r"|.*-debug|.*-lazy|.*-link[0-9]*"
)


class VariantError(Exception):
    """A request that cannot be met: the message says what would be right."""


def names_of(variants: Path) -> list[str]:
    return sorted(path.parent.name for path in variants.glob("*/variant.h"))


def create(variants: Path, name: str, source: str) -> Path:
    """Make variants/<name> from variants/<source>, whole or not at all; gives the new folder."""
    names = names_of(variants)
    known = ", ".join(names) or "none"
    if not name or not source:
        raise VariantError(
            "usage: make variant NAME=my-idea FROM=cow-reuse; "
            f"FROM is a variant that exists: {known}"
        )
    if not NAME.fullmatch(name):
        raise VariantError(
            f"NAME={name!r} is not a name for a variant: it must start with a letter a-z and go on "
            "with a-z, 0-9 and '-', 32 characters at most"
        )
    if RESERVED.fullmatch(name):
        raise VariantError(
            f"NAME={name} is reserved, as are all names that end in -debug, -lazy, or -link and a number: "
            "the folder of this name in variants/ or build/ holds other things"
        )
    if source not in names:
        raise VariantError(f"FROM={source!r} is not a variant; those that exist: {known}")
    target = variants / name
    if target.exists():
        raise VariantError(f"NAME={name} exists already; variants that exist: {known}")
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=variants) as scratch:
        copy = Path(scratch, name)
        try:
            shutil.copytree(variants / source, copy)
            for file in sorted(copy.rglob("*")):
                if file.is_file():
                    _rename_title(file, source, name)
            copy.rename(target)
        except OSError as error:
            raise VariantError(f"cannot copy variants/{source}: {error}") from None
    return target


def _rename_title(file: Path, source: str, name: str) -> None:
    """The first line of a file names its variant; below, the old name may be meant."""
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    title, end, rest = text.partition("\n")
    whole_word = rf"(?<![a-z0-9-]){re.escape(source)}(?![a-z0-9-])"
    new = re.sub(whole_word, name, title, count=1)
    if file.name == "README.md" and new != title:
        rest = f"\nBegun as a copy of [{source}](../{source}/README.md).\n{rest}"
    if new != title:
        file.write_text(new + end + rest, encoding="utf-8", errors="surrogateescape")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="", metavar="NAME", help="the new variant")
    parser.add_argument(
        "--from", dest="source", default="", metavar="FROM", help="the variant to start from"
    )
    parser.add_argument("--variants", type=Path, default=ROOT / "variants", help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        create(options.variants, options.name, options.source)
    except VariantError as error:
        print(f"variant: error: {error}", file=sys.stderr)
        return 2
    name = options.name
    print(
        f"variants/{name} is a copy of variants/{options.source}. Next:\n"
        f"    edit variants/{name}/variant.h      # the decisions\n"
        f"    edit variants/{name}/README.md      # the idea and its costs\n"
        f"    make test VARIANT={name}\n"
        f"    make bench VARIANT={name}"
    )
    return 0


if __name__ == "__main__":
    program.run(main)
