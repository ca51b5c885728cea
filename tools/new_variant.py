"""Begin a variant as a copy of another: make variant NAME=my-idea FROM=cow-reuse."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from bench.host.options import Options, VariableError

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
# Names that would share a folder of variants/ or build/ with something else.
RESERVED = re.compile(
    r"common|user|tools|run|qemu|soak|stripped|host-tests|test-(files|programs)|(bench|tests|user)-root"
    r"|.*-debug|.*-lazy|.*-link[0-9]*"
)


def create(variants: Path, name: str, source: str) -> Path:
    """Make variants/<name> from variants/<source>, whole or not at all; gives the new folder."""
    if not NAME.fullmatch(name):
        raise VariableError(
            f"NAME={name!r} is not a name for a variant: it must start with a letter a-z and go on "
            "with a-z, 0-9 and '-', 32 characters at most"
        )
    if RESERVED.fullmatch(name):
        raise VariableError(
            f"NAME={name} is reserved, as are all names that end in -debug, -lazy, or -link and a number: "
            "the folder of this name in variants/ or build/ holds other things"
        )
    target = variants / name
    if target.exists():
        raise VariableError(f"NAME={name} exists already")
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=variants) as scratch:
        copy = Path(scratch, name)
        try:
            shutil.copytree(variants / source, copy)
            for file in sorted(copy.rglob("*")):
                if file.is_file():
                    _rename_title(file, source, name)
            copy.rename(target)
        except OSError as error:
            raise VariableError(f"cannot copy variants/{source}: {error}") from None
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


def run(options: Options) -> int:
    create(options.root / "variants", options.name, options.source)
    name = options.name
    print(
        f"variants/{name} is a copy of variants/{options.source}. Next:\n"
        f"    edit variants/{name}/variant.h      # the decisions\n"
        f"    edit variants/{name}/README.md      # the idea and its costs\n"
        f"    make test VARIANT={name}\n"
        f"    make bench VARIANT={name}"
    )
    return 0
