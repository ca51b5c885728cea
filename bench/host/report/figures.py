"""The pictures that a report shows: those of results/plots that are there, in its language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

PLOTS = "plots"


def shown(root: Path, results: Path, language: str) -> Callable[[str, str], str]:
    """A function for templates: figure(name, text) is the picture as a paragraph of Markdown, and
    nothing where there is none. A picture without labels in the language is shown in English."""
    folders = [results / PLOTS / language, results / PLOTS]
    if language == "en":
        folders.reverse()

    def figure(name: str, text: str) -> str:
        for folder in folders:
            path = folder / f"{name}.svg"
            if path.is_file():
                return f"![{text}]({path.relative_to(root).as_posix()})\n"
        return ""

    return figure
