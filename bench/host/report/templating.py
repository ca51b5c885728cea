"""The templates: one folder for each kind of text, in it one for each language."""

from __future__ import annotations

from pathlib import Path

import jinja2

from bench.host.errors import BenchError
from bench.host.report import words

TEMPLATES = Path(__file__).with_name("templates")
DEFAULT_LANGUAGE = "en"


def kinds() -> list[str]:
    """What TEMPLATE= may be."""
    return sorted(path.parent.parent.name for path in TEMPLATES.glob("*/en/main.md.j2"))


def languages(kind: str) -> list[str]:
    """What REPORT_LANG= may be for it."""
    return sorted(path.name for path in (TEMPLATES / kind).iterdir() if path.is_dir())


def check(kind: str, language: str) -> None:
    if kind not in kinds():
        raise BenchError(f"there is no TEMPLATE {kind!r}; there are: {', '.join(kinds())}")
    if language not in languages(kind):
        there = ", ".join(languages(kind))
        raise BenchError(f"there is no REPORT_LANG {language!r} for {kind}; there are: {there}")


def environment(kind: str, language: str) -> jinja2.Environment:
    """A name that a template uses and nobody gives is an error, not an empty place."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES / kind / language, TEMPLATES / "shared"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.do"],
    )
    made.filters |= words.FILTERS
    return made
