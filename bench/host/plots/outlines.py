"""The text of an SVG picture as outlines of its characters, for readers without its font."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

SVG = "{http://www.w3.org/2000/svg}"
SHIFT = {
    "start": 0.0,
    "middle": 0.5,
    "end": 1.0,
}  # part of its width that lies before a text's place


def replace_text(picture: Path, font: Path) -> None:
    """Rewrite a picture of gnuplot so that it needs no font."""
    for prefix, name in (("", SVG[1:-1]), ("xlink", "http://www.w3.org/1999/xlink")):
        ElementTree.register_namespace(prefix, name)
    tree = ElementTree.parse(picture)
    for group in tree.iter(f"{SVG}g"):
        for text in group.findall(f"{SVG}text"):
            size = float(group.get("font-size", "0"))
            anchor = SHIFT[group.get("text-anchor", "start")]
            words = "".join(text.itertext())
            outline = ElementTree.Element(f"{SVG}path")
            if words.strip():
                outline.set("d", _outline(words, font, size, anchor))
            group[list(group).index(text)] = outline
    tree.write(picture, encoding="utf-8", xml_declaration=True)


def _outline(words: str, font: Path, size: float, anchor: float) -> str:
    path = TextPath((0, 0), words, size=size, prop=FontProperties(fname=str(font)))
    width = max(x for x, _ in path.vertices)
    letters = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C"}
    parts = []
    for points, code in path.iter_segments(curves=True, simplify=False):
        if code == Outline.CLOSEPOLY:
            parts.append("Z")
            continue
        pairs = zip(points[::2], points[1::2])
        parts.append(
            letters[code] + " ".join(f"{x - anchor * width:.2f},{-y:.2f}" for x, y in pairs)
        )
    return "".join(parts)
