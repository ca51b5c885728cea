"""Paragraphs of Markdown that templates have filled, with even lines again."""

from __future__ import annotations

import re
import textwrap

WIDTH = 100
ITEM = re.compile(r"( *)([-*]|[0-9]+\.) ")
AS_IT_IS = ("|", "#", "<", "!", "    ", "```", ">")
WIDE = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef"  # characters between which there is no space
MARKS = "\u3000-\u303f\uff00-\uffef"  # those of them beside which there is none at all
SIGN = re.compile(r" (?=[-+*] )")  # at the start of a line it would begin a list


def flow(text: str, language: str) -> str:
    """Lines of at most 100 characters. Chinese has one line a paragraph, since a line's end would
    show as a space."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_lines(text.split("\n"), language)))


def _lines(lines: list[str], language: str) -> list[str]:
    made: list[str] = []
    paragraph: list[str] = []
    fenced = False
    for line in [*lines, ""]:
        item = ITEM.match(line)
        as_it_is = fenced or not line.strip() or (line.startswith(AS_IT_IS) and not paragraph)
        if as_it_is or item:
            made += _filled(paragraph, language)
            paragraph = []
        if line.startswith("```"):
            fenced = not fenced
        if as_it_is:
            made.append(line)
        else:
            paragraph.append(line)
    return made[:-1]


def _filled(lines: list[str], language: str) -> list[str]:
    if not lines:
        return []
    item = ITEM.match(lines[0])
    text = " ".join(line.strip() for line in lines)
    if language == "zh":
        text = re.sub(f"(?<=[{WIDE}]) (?=[{WIDE}])|(?<=[{MARKS}]) | (?=[{MARKS}])", "", text)
        return [(item[1] if item else "") + text]
    indent = " " * len(item[0]) if item else ""
    filled = textwrap.wrap(
        SIGN.sub("\xa0", text),
        WIDTH,
        initial_indent=item[1] if item else "",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\xa0", " ") for line in filled]
