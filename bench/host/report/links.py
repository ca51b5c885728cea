"""Links of a Markdown text that are written as seen from the project's folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

LINK = re.compile(r"(\]\()(?!https?:|#|mailto:)([^)\s]+)(\))")


def relocate(text: str, root: Path, folder: Path) -> str:
    """The same text for a file in another folder."""
    if folder.resolve() == root.resolve():
        return text

    def moved(match: re.Match[str]) -> str:
        path, hash_mark, anchor = match[2].partition("#")
        there = os.path.relpath(root.resolve() / path, folder.resolve())
        return match[1] + there + hash_mark + anchor + match[3]

    return LINK.sub(moved, text)
