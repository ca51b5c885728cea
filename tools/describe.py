"""What people read about commands and their variables: `make help`, and the tables of docs/commands.md."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import tomllib

from bench.host.languages import ENGLISH
from bench.host.options import VariableError
from bench.host.running.machine import ROOT
from bench.host.tables import markdown
from bench.host.variants import all_variants
from tools.commands import COMMANDS
from tools.variables import MACHINE, TABLE, Variable, variables_of

FOLDER = Path(__file__).parent
WIDTH = 110
OF_MACHINES = "[machine]"  # stands for the variables that every machine takes
# What needs no Python.
OF_MAKE = {
    "deps": "install the Debian packages that any command needs, as root; else print the one command to type",
    "clean": "remove `build/`",
}
HEADS = {
    "commands": "command | what it does",
    "variables": "variable | of | meaning | values | default",
}


def help_text() -> str:
    lines = []
    for name, text in _texts().items():
        lines += textwrap.wrap(
            _synopsis(name), WIDTH, subsequent_indent="    ", break_on_hyphens=False
        )
        lines += _indented(_plain(text))
    machine = " ".join(f"[{_shown(each)}]" for each in TABLE if _is_of_machines(each))
    lines += [f"    {OF_MACHINES}: {machine}"]
    lines += [
        "make help OF=bench shows what the variables of make bench mean; docs/commands.md shows all."
    ]
    lines += [f"Variants: {' '.join(all_variants(ROOT))}"]
    return "\n".join(lines) + "\n"


def variables_text(command: str) -> str:
    """The variables of one command."""
    if command not in COMMANDS:
        raise VariableError(f"OF={command} is not a command; there are: {' '.join(COMMANDS)}")
    lines = [f"make {command} NAME=value ...: {_plain(COMMANDS[command].help)}"]
    for each in variables_of(command):
        default = f" (default: {each.default})" if each.default else ""
        must = " (must be given)" if each.default is None else ""
        lines += [f"  {each.name + '=':13}{_plain(each.type.values)}{default}{must}"]
        lines += _indented(_plain(each.meaning))
    return "\n".join(lines) + "\n"


def commands_table(language: str) -> str:
    """In Markdown."""
    say = Words(language)
    rows = [(f"`{_cell(_synopsis(name))}`", _cell(say(text))) for name, text in _texts().items()]
    return markdown.table(_heads(say, "commands"), rows, "l")


def variables_table(language: str) -> str:
    say = Words(language)
    rows = [
        (
            f"`{each.name}`",
            ", ".join(f"`{name}`" for name in each.commands.split()) or say("all commands"),
            _cell(say(each.meaning)),
            _cell(say(each.type.values)),
            f"`{each.default}`" if each.default else "",
        )
        for each in TABLE
    ]
    return markdown.table(_heads(say, "variables"), rows, "l")


class Words:
    """English texts in a language: those of tools/texts.LANGUAGE.toml, and what has no words as it is."""

    def __init__(self, language: str) -> None:
        self.texts: dict[str, str] = {}
        if language != ENGLISH:
            path = FOLDER / f"texts.{language}.toml"
            self.texts = tomllib.loads(path.read_text(encoding="utf-8"))

    def __call__(self, text: str) -> str:
        return self.texts.get(text, text)


def texts() -> list[str]:
    """All that is to be said in another language."""
    found = [*_texts().values(), *HEADS.values(), "all commands"]
    found += [text for each in TABLE for text in (each.meaning, each.type.values)]
    return list(dict.fromkeys(found))


def _texts() -> dict[str, str]:
    return {name: command.help for name, command in COMMANDS.items()} | OF_MAKE


def _synopsis(command: str) -> str:
    """What one types, with all variables that it can have."""
    own = variables_of(command) if command in COMMANDS else []
    words = [_shown(each) for each in own if each.default is None]
    if command in MACHINE.split():
        words.append(OF_MACHINES)
        own = [each for each in own if not _is_of_machines(each)]
    words += [f"[{_shown(each)}]" for each in own if each.default is not None and each.shown]
    return " ".join(["make", command, *words])


def _is_of_machines(variable: Variable) -> bool:
    return set(MACHINE.split()) <= set(variable.commands.split()) and variable.name != "PROGS"


def _shown(variable: Variable) -> str:
    whole = re.match(r"[A-Z]+=", variable.shown)
    return variable.shown if whole else f"{variable.name}={variable.shown}"


def _plain(text: str) -> str:
    """Markdown on a terminal."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("`", "")


def _indented(text: str) -> list[str]:
    space = " " * 8
    return textwrap.wrap(text, WIDTH, initial_indent=space, subsequent_indent=space)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _heads(say: Words, table: str) -> list[str]:
    return say(HEADS[table]).split(" | ")


TABLES = {"commands": commands_table, "variables": variables_table}
