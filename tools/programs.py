"""Programs of the user's own, as PROGS names them, and the rules by which make builds them.

    PROGS='a.c "my lab/b.c"'    two programs, a and b
    PROGS='a.c+util.c'          one program, a, of both files
    PROGS=lab/                  one program, lab, of all sources in that folder
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME_SIZE = 13  # bytes: names of 14 have no zero behind them, which some programs look for
SUFFIXES = (".c", ".S")
# What the system cannot do without; other utilities are replaced by programs of their names.
TAKEN = ("init", "sh", "bin", "bench", "tests", "console")


class ProgramError(ValueError):
    """A list that cannot be built: the message says which part of it, and why."""


@dataclass(frozen=True)
class Program:
    """One program: its name on the disk, and its files. `given` are the paths that say so: the files,
    or their folder."""

    name: str
    sources: tuple[Path, ...]
    given: tuple[Path, ...]

    def __str__(self) -> str:
        return "+".join(map(str, self.given))


def parse(text: str) -> tuple[Program, ...]:
    """The programs of a list. Raises ProgramError."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ProgramError(f"{text}: {str(error).lower()}") from None
    programs = tuple(_program(word) for word in words)
    first: dict[str, Program] = {}
    for program in programs:
        if program.name in first:
            raise ProgramError(
                f"{first[program.name]} and {program} would both become the program {program.name}"
            )
        first[program.name] = program
    return programs


def _program(word: str) -> Program:
    folder = Path(word)
    if folder.is_dir():
        sources = tuple(sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES))
        if not sources:
            raise ProgramError(f"{word} is a folder without a C source")
        program = Program(Path(os.path.abspath(folder)).name, sources, (folder,))
    else:
        sources = tuple(map(Path, re.split(r"(?<=\.[cS])\+", word)))
        program = Program(sources[0].stem, sources, sources)
    for source in sources:
        _check_source(source)
    _check_name(program)
    return program


def _check_source(source: Path) -> None:
    # All else means something to make, in a rule or in what the compiler writes about headers.
    odd = re.search(r"[^\w ./~+@,&!'\"()-]", os.path.abspath(source))
    if odd:
        raise ProgramError(
            f"{source} has the character {odd[0]!r} in its path, which make cannot handle"
        )
    if not source.exists():
        raise ProgramError(f"there is no file {source}")
    if not source.is_file() or source.suffix not in SUFFIXES:
        raise ProgramError(f"{source} is not a C source: its name must end in .c")


def _check_name(program: Program) -> None:
    name = program.name
    become = f"{program} would become the program {name}"
    if re.search(r"[^\w.~+-]", name):
        raise ProgramError(f"{become}, whose name can have letters, digits and _ . ~ + - only")
    size = len(name.encode())
    if size > NAME_SIZE:
        raise ProgramError(f"{become}, whose name has {size} bytes; {NAME_SIZE} is the limit")
    if name in TAKEN or (ROOT / "user" / "files" / name).exists():
        raise ProgramError(f"{become}, and the image has another /{name}")


def rules(programs: Iterable[Program]) -> str:
    """What make must know: which programs there are, the objects of each, and their sources."""
    programs = list(programs)
    lines = ["RUN_PROGRAMS := " + " ".join(f"$(RUN)/bin/{program.name}" for program in programs)]
    for program in programs:
        for number, source in enumerate(program.sources):
            path = Path(os.path.abspath(source))
            text = str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
            target = f"$(RUN)/objects/{program.name}.{number}.o"
            lines += [
                f"$(RUN)/bin/{program.name}: {target}",
                f"{target}: SOURCE := {text}",
                f"{target}: " + text.replace(" ", "\\ "),
            ]
    return "\n".join(lines) + "\n"


def write_rules(programs: Iterable[Program]) -> Path:
    """Write the rules of this list into a folder that has them alone; gives the folder, from ROOT."""
    text = rules(programs)
    folder = Path("build", "run", md5(text.encode()).hexdigest()[:12])
    (ROOT / folder).mkdir(parents=True, exist_ok=True)
    new = ROOT / folder / f"rules.{os.getpid()}"
    new.write_text(text)
    new.replace(ROOT / folder / "rules.mk")
    return folder
