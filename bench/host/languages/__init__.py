"""Text in other languages.

English text stands where it is used, and is the key of its translations: one file a language, named
LANGUAGE.tsv, with a line for each text, English first, then a tab. The gnuplot scripts of
bench/host/plots read the same files.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from bench.host.errors import BenchError

ENGLISH = "en"
FOLDER = Path(__file__).parent

Translator = Callable[[str], str]


def languages() -> list[str]:
    return [ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.tsv"))]


def translator(language: str) -> Translator:
    """From English into a language; text without a translation stays English."""
    texts = translations(language)
    return lambda text: texts.get(text, text)


def translations(language: str) -> dict[str, str]:
    if language == ENGLISH:
        return {}
    if language not in languages():
        names = ", ".join(languages())
        raise BenchError(f"there is no language {language!r}; those that exist: {names}")
    with (FOLDER / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        return dict(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
