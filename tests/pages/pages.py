"""The commands that the pages show: README.md, docs/*.md, the other pages, and `make help`.

A command is found by how it is written:
- in a block of code, a line after the prompt `$ `; in a block that is marked `sh`, every line;
- in an indented block, a line that begins as commands do;
- between backquotes in a text or a table, and in `make help`, what begins with `make ` or with another
  of OWN. There `[NAME=value]` is left out once and then given once.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.host.running.machine import ROOT

# What begins a command of this project, and what begins other commands in indented blocks.
OWN = re.compile(
    r"([A-Z_]+=\S+ |nohup )?(make|\./cowshed|(/usr/bin/)?python3|build/[\w/-]+|tests/[\w/]+\.py) "
)
OTHERS = re.compile(r"\$ |(qemu-system-riscv64|gdb-multiarch|git|gnuplot|awk) ")
MENTION = re.compile(r"make [\w-]+")  # of a target, whose variables may be left out
OPTIONAL = r"\[[^\]]*\]"
ARGUMENT = rf"{OPTIONAL}\.*|[A-Z_]+='[^']*'|[A-Z_]+=\"[^\"]*\"|\S+"
GUIDE = "user/files/README"  # on the disk of the system
MACHINE = "[machine]"  # stands for the variables that all machines take


@dataclass(frozen=True)
class Command:
    """A command, and what the page shows below it."""

    page: str
    line: int
    text: str
    output: list[str] = field(default_factory=list)
    typed: list[Command] = field(default_factory=list)  # to the shell of the machine that it starts

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def pages() -> list[Path]:
    """Those that people read, in the order of a first visit."""
    first = ("README.md", "README.zh.md", "CONTRIBUTING.md")
    found = [*(ROOT / name for name in first), *sorted(ROOT.glob("docs/*.md"))]
    return found + sorted(
        path
        for top in ("kernel", "user", "variants", "tests")
        for path in ROOT.glob(f"{top}/**/*.md")
    )


def help_text() -> str:
    return subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def all_commands() -> list[Command]:
    commands = [command for page in pages() for command in commands_of(page)]
    return [*commands, *guide_commands(ROOT / GUIDE), *help_commands(help_text())]


def mentions() -> dict[str, str]:
    """The targets that pages name in a text, with a page for each."""
    found: dict[str, str] = {}
    for page in pages():
        for span in re.findall(r"`(make [\w-]+)`", page.read_text()):
            found.setdefault(span.removeprefix("make "), str(page.relative_to(ROOT)))
    return found


# Pages.


def commands_of(path: Path) -> Iterator[Command]:
    page = str(path.relative_to(ROOT))
    prose: list[str] = []  # the page with its blocks of code blank
    block: list[str] = []
    language: str | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = line.strip().startswith("```")
        prose.append("" if fence or language is not None else line)
        if fence and language is None:
            language, block = line.strip()[3:], []
        elif fence:
            yield from _block(page, number - len(block), language or "", block)
            language = None
        elif language is not None:
            block.append(line)
    yield from _indented(page, prose)
    yield from _inline(page, prose)


def _block(page: str, first: int, language: str, lines: list[str]) -> Iterator[Command]:
    """A block of code, whose first line has the number `first` on the page."""
    if language not in ("", "sh", "console"):
        return
    prompts = language != "sh"
    found: list[Command] = []
    for number, line in enumerate(lines, first):
        if found and not is_complete(found[-1].text):
            more = line.removeprefix("> ") if prompts else line
            found[-1] = replace(found[-1], text=f"{found[-1].text}\n{more}")
        elif line.startswith("$ ") or (not prompts and line.strip()):
            found.append(Command(page, number, line.removeprefix("$ ") if prompts else line))
        elif found:
            found[-1].output.append(line)
    if found and found[0].text == "make qemu":
        found[0].typed.extend(found[1:])
        del found[1:]
    for command in found:
        text = command.text if "\n" in command.text else re.sub(r"(^| +)# .*", "", command.text)
        if text:
            yield replace(command, text=text)


def is_complete(text: str) -> bool:
    """Whether a shell would run it, or wait for more lines."""
    if text.endswith("\\"):
        return False
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return True


def without_comment(line: str) -> str:
    """What stands before two spaces that are not in quotes; those that begin it do not count."""
    quote = ""
    for place, char in enumerate(line):
        if not line[:place].strip():
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif line.startswith("  ", place):
            return line[:place]
    return line


def _indented(page: str, prose: list[str]) -> Iterator[Command]:
    """Blocks of lines that are indented by four spaces, of which some are listings of other things."""
    blocks: list[tuple[int, list[str]]] = []
    for number, line in enumerate(prose, 1):
        if line.startswith("    "):
            if not blocks or blocks[-1][0] + len(blocks[-1][1]) != number:
                blocks.append((number, []))
            blocks[-1][1].append(line[4:])
    for number, lines in blocks:
        if OWN.match(lines[0] + " ") or OTHERS.match(lines[0]):
            prompts = lines[0].startswith("$ ")
            lines = lines if prompts else [without_comment(line) for line in lines]
            for command in _block(page, number, "" if prompts else "sh", lines):
                yield from synopsis(command)


def _inline(page: str, prose: list[str]) -> Iterator[Command]:
    text = "\n".join("" if line.startswith("    ") else line for line in prose)
    for found in re.finditer(r"(`+)(.+?)\1(?!`)", text, re.DOTALL):
        line = text.count("\n", 0, found.start()) + 1
        span = re.sub(r"\s+", " ", found[2]).replace("\\|", "|")
        if OWN.match(span) and not MENTION.fullmatch(span):
            yield from synopsis(Command(page, line, span))


def example_benchmark() -> tuple[str, str]:
    """The path of the file that docs/adding-a-benchmark.md shows, and its text."""
    text = (ROOT / "docs" / "adding-a-benchmark.md").read_text()
    found = re.search(r"`(bench/guest/\w+\.c)`.*?```c\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1], found[2]


# `make help`, and the guide on the disk.


def help_commands(text: str) -> Iterator[Command]:
    command: Command | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if command and re.match(r" {4}\[(?!machine)", line):
            command = replace(command, text=f"{command.text} {_arguments(line.strip())}")
            continue
        if command:
            yield from synopsis(command)
        command = None
        if line.startswith("make "):
            target, _, rest = line.removeprefix("make ").partition(" ")
            command = Command("make help", number, f"make {target} {_arguments(rest)}".strip())
    if command:
        yield from synopsis(command)


def _arguments(text: str) -> str:
    """What comes before the words that explain it."""
    arguments = []
    for word in re.findall(ARGUMENT, without_comment(text)):
        if not (word.startswith("[") or "=" in word):
            break
        arguments.append(word)
    return " ".join(arguments)


def guide_commands(path: Path) -> Iterator[Command]:
    """README of the system's disk: what make runs, and what is typed to the shell."""
    shell = Command(GUIDE, 1, "make qemu")
    section = ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        section = line if line.isupper() else section
        if line.startswith("    make "):
            yield Command(GUIDE, number, line.strip())
        elif line.startswith("Try: "):
            shell.typed.append(Command(GUIDE, number, line.removeprefix("Try: ")))
        elif section == "THE SHELL" and line.startswith("    "):
            text = line[4:29].strip()
            if not re.search(r"\b[A-Z]+\b", text):  # a name for what one chooses
                shell.typed.append(Command(GUIDE, number, text))
    yield shell


# [NAME=value]


def machine_variables() -> list[str]:
    """What [machine] stands for: all of its variables, once for each value of a choice."""
    (line,) = [line for line in help_text().splitlines() if line.strip().startswith(MACHINE + ":")]
    words = [word.strip("[]") for word in line.split(":", 1)[1].split()]
    return alternatives(" ".join(words))


def alternatives(group: str) -> list[str]:
    """`A=x B=y|z` is `A=x B=y` or `A=x B=z`; `A=x | B=y` is one of both."""
    found: list[str] = []
    for choice in group.split(" | "):
        words = [_choices(word) for word in re.findall(ARGUMENT, choice)]
        count = max((len(word) for word in words), default=0)
        found += [" ".join(word[n % len(word)] for word in words) for n in range(count)]
    return found


def _choices(word: str) -> list[str]:
    name, equals, values = word.partition("=")
    quoted = values.startswith(("'", '"'))
    return [name + equals + value for value in (values.split("|") if not quoted else [values])]


def synopsis(command: Command) -> Iterator[Command]:
    """The command without what is optional, and with each optional group once."""
    groups = re.findall(OPTIONAL, command.text)
    if not groups:
        yield command
        return
    start = command.text.index(groups[0])
    required = command.text[:start].strip()
    end = re.sub(OPTIONAL + r"\.*", "", command.text[start:]).strip()

    def with_option(option: str) -> Command:
        return replace(command, text=" ".join(part for part in (required, option, end) if part))

    yield with_option("")
    for group in groups:
        for option in machine_variables() if group == MACHINE else alternatives(group[1:-1]):
            yield with_option(option)
