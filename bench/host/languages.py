"""Words in every language that figures and reports are made in."""

from __future__ import annotations

from typing import NamedTuple

ENGLISH = "en"


class Text(NamedTuple):
    """The same words in each language. To add a language, add a field: every text then needs it."""

    en: str
    zh: str

    def filled(self, **values: str | float) -> Text:
        """With its {fields} replaced."""
        return Text(*(words.format(**values) for words in self))

    def then(self, other: Text, between: str = "") -> Text:
        return Text(*(one + between + two for one, two in zip(self, other)))


NOTHING = Text("", "")
LANGUAGES = Text._fields


def same(words: str) -> Text:
    """Names and numbers, which are the same in every language."""
    return Text(*(words for _ in LANGUAGES))
