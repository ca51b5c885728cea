"""A flame graph of a sample, as one SVG file that needs nothing else.

Who called a function is not known. So below a function stand its mode and its folder, and above it the
functions that are inlined into it. Widths are instructions; a box's title, which a viewer shows under the
mouse, has the numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from bench.host.attribution.located import Located
from bench.host.attribution.rows import cycles
from bench.host.attribution.watched import Watched
from bench.host.cores import Core

WIDTH, BORDER, TOP, ROW = 1200, 10, 75, 19
LETTER = 6.3  # about the width of one
LEAST = 0.3  # narrower boxes cannot be seen
# By folder, light enough for black letters.
COLORS = {
    "kernel/arch": "#f4b183",
    "kernel/mm": "#9dc3e6",
    "kernel/proc": "#a9d18e",
    "kernel/sys": "#ffd966",
    "kernel/fs": "#d9b3e6",
    "kernel/lib": "#c9c9c9",
    "variants": "#f28b82",
    "user": "#b7e1cd",
    "bench": "#b7e1cd",
}
OTHERS = "#e0e0e0"
LINES = (
    "Width: instructions. From the bottom: mode, folder, function, functions inlined into it.",
    "Who called a function is not known: what a function calls stands beside it.",
)


@dataclass
class Node:
    name: str
    folder: str
    children: dict[str, Node] = field(default_factory=dict)
    instructions: int = 0
    cycles: float = 0.0

    def child(self, name: str, folder: str) -> Node:
        return self.children.setdefault(name, Node(name, folder))

    @property
    def depth(self) -> int:
        return 1 + max((each.depth for each in self.children.values()), default=0)


@dataclass(frozen=True)
class Box:
    x: float
    y: int
    width: float
    label: str
    title: str
    color: str
    height: int = ROW - 1


def draw(watched: Watched, core: Core) -> str:
    tree = _tree(watched.located, core)
    height = TOP + tree.depth * ROW + BORDER
    boxes = list(_boxes(tree, tree.instructions, BORDER, height - BORDER - ROW))
    title = f"{watched.variant}, {watched.benchmark.name}: {tree.instructions:,} instructions"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True
    )
    template = environment.get_template("flame.svg.j2")
    return template.render(title=title, lines=LINES, boxes=boxes, width=WIDTH, height=height) + "\n"


def _tree(located: Iterable[Located], core: Core) -> Node:
    root = Node("all", "")
    for each in located:
        estimate = cycles(each.mode, Counter(each.events), core)
        node = root
        for name, folder in [("", ""), *_stack(each)]:
            node = node.child(name, folder) if name else node
            node.instructions += each.count
            node.cycles += estimate
    return root


def _stack(each: Located) -> Iterator[tuple[str, str]]:
    """Names and folders from the bottom up."""
    folder = Path(each.chain[-1].file).parent.as_posix().removeprefix(".")
    yield each.mode, ""
    if folder:
        yield folder, folder
    for place in reversed(each.chain):
        yield place.function, Path(place.file).parent.as_posix().removeprefix(".")


def _boxes(node: Node, whole: int, x: float, y: int) -> Iterator[Box]:
    width = (WIDTH - 2 * BORDER) * node.instructions / whole
    if width < LEAST:
        return
    letters = int((width - 6) / LETTER)
    label = node.name if len(node.name) <= letters else f"{node.name[: letters - 1]}…"
    share = 100 * node.instructions / whole
    numbers = (
        f"{node.instructions:,} instructions ({share:.2f} %), {node.cycles:,.0f} estimated cycles"
    )
    place = f" ({node.folder})" if node.folder not in ("", node.name) else ""
    yield Box(
        round(x, 2),
        y,
        round(width, 2),
        label if letters > 2 else "",
        f"{node.name}{place}: {numbers}",
        _color(node.folder),
    )
    for each in sorted(node.children.values(), key=lambda child: (-child.instructions, child.name)):
        yield from _boxes(each, whole, x, y - ROW)
        x += (WIDTH - 2 * BORDER) * each.instructions / whole


def _color(folder: str) -> str:
    return next((c for prefix, c in COLORS.items() if folder.startswith(prefix)), OTHERS)
