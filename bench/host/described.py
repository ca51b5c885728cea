"""Dataclasses out of the tables of a TOML file, with an error that says what would be right.

A dataclass names the keys, their types and defaults; a key of another dataclass is a table of its own.
Its `rules` say what a type cannot.
"""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args, get_type_hints

from bench.host.languages import LANGUAGES, Text

Rules = list[tuple[str, bool, str]]  # a key, whether its value is right, and what would be


class Wrong(Exception):
    """What is wrong with a key, which the message names."""


def made(kind: Any, table: Any, key: str) -> Any:
    """A value of a dataclass, a language's text, or a number or string, out of what TOML holds."""
    if kind in (int, float, str):
        return _plain(kind, table, key)
    if not isinstance(table, dict):
        raise Wrong(f"{key} is {table!r}, but must be {_called(kind)}")
    keys, hints = _keys(kind), get_type_hints(kind)
    unknown = [name for name in table if name not in keys]
    missing = [name for name, needed in keys.items() if needed and name not in table]
    if unknown:
        raise Wrong(f"{_join(key, unknown[0])} is unknown; known are {', '.join(keys)}")
    if missing:
        name = missing[0]
        raise Wrong(f"{_join(key, name)} is missing, which must be {_called(_only(hints[name]))}")
    values = {name: made(_only(hints[name]), table[name], _join(key, name)) for name in table}
    built = kind(**values)
    for name, holds, right in built.rules() if is_dataclass(built) else ():
        if not holds:
            raise Wrong(f"{_join(key, name)} is {getattr(built, name)!r}, but must be {right}")
    return built


def _keys(kind: Any) -> dict[str, bool]:
    """Names of what a table holds, and whether they are needed."""
    if kind is Text:
        return dict.fromkeys(LANGUAGES, True)
    return {each.name: each.default is MISSING for each in fields(kind)}


def _only(hint: Any) -> Any:
    """T of T | None."""
    return next((each for each in get_args(hint) if each is not type(None)), hint)


def _plain(kind: type, value: Any, key: str) -> Any:
    if isinstance(value, kind) and not isinstance(value, bool):
        return value
    if kind is float and type(value) is int:
        return float(value)
    raise Wrong(f"{key} is {value!r}, but must be {_called(kind)}")


def _called(kind: Any) -> str:
    plain = {int: "an integer", float: "a number", str: "a string"}
    return plain.get(kind) or f"a table of {', '.join(_keys(kind))}"


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
