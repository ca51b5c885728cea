"""The words of the reports: for each language the same texts, found by their keys.

A file of texts/<language> holds texts one after the other, each from "@key" to the next. A key belongs to
its file: "@fork" in results.md is "results.fork", and "@" alone is "results". Texts hold words and
{places} for values, and nothing that decides or computes: which text is said, and with which values, is
decided once for all languages, in the chapters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.languages import LANGUAGES, Text
from bench.host.report.values import Ratio
from bench.host.text import number

FOLDER = Path(__file__).with_name("texts")
KEY = re.compile(r"^@(\S*)(?: |$)", re.MULTILINE)
Value = str | float | None | Ratio


def load(language: str) -> dict[str, str]:
    """All texts of a language by key."""
    texts = {}
    for path in sorted((FOLDER / language).glob("*.md")):
        _, *parts = KEY.split(path.read_text(encoding="utf-8"))
        for key, text in zip(parts[::2], parts[1::2]):
            texts[f"{path.stem}.{key}" if key else path.stem] = text.strip()
    return texts


class Texts:
    """Says things in a language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = load(language)

    def __call__(self, key: str, /, **values: Value) -> str:
        """A text with its values. Numbers are written as people read them."""
        if key not in self._texts:
            raise BenchError(f"no text '{key}' in {FOLDER / self.language}")
        return self._texts[key].format_map({name: plain(each) for name, each in values.items()})

    def where(self, key: str, /, **values: Value) -> str:
        """The same where all values are known, else nothing."""
        return "" if None in values.values() else self(key, **values)

    def word(self, text: Text) -> str:
        return str(getattr(text, self.language))

    def listed(self, items: Iterable[Value], kind: str = "and") -> str:
        """a, b and c"""
        between, last = self._texts[f"words.{kind}"].split(" | ")
        *front, end = [str(plain(item)) for item in items] or [""]
        first = reduce(between.format, front) if front else ""
        return last.format(first, end) if front else end

    def code(self, names: Iterable[str], kind: str = "names") -> str:
        return self.listed([f"`{name}`" for name in names], kind)


def plain(value: Value) -> str | Ratio:
    return value if isinstance(value, (str, Ratio)) else number(value)


def missing() -> list[str]:
    """What a language lacks that another has: keys, and places in a text."""
    every = {language: load(language) for language in LANGUAGES}
    keys = set().union(*every.values())
    return [
        f"{language}: {key}"
        for language, texts in every.items()
        for key in sorted(keys - set(texts))
    ]
