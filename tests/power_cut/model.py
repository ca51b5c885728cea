"""What the workers of a workload do, and what the tree may look like at each moment of it.

A worker's script is a list of operations, one a line, which guest/work.c does in their order:

    c PATH               create an empty file
    w PATH OFFSET SIZE   write to a file
    r PATH SIZE          make a file empty, or create it, and write to it
    t PATH               make a file empty
    m PATH               make a directory
    n PATH MAJOR MINOR   make a device
    l OLD NEW            make a second name for a file
    u PATH               take a name away, of a file, a device or an empty directory
    x PATH SIZE          create a file, take its name away, write to it

No two workers use the same name, so each has a tree of its own, which depends on its script alone;
but they work in one directory together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Literal
from zlib import crc32

Kind = Literal["file", "directory", "device"]

SHARED = "/shared"  # the directory of all workers

MAX_FILES = 14  # of one worker
MAX_FILE = 40_000  # bytes
LARGE_FILE = 300_000  # of the one large file: it needs two levels of blocks of addresses
MAX_SMALL = 900

BLOCK = 1024  # bytes

# A write to at most so many blocks is one change, if the log is not very small (MAXOPBLOCKS,
# user/include/kernel/param.h); a longer one may stop at the end of a block.
WHOLE_WRITE = 10
SMALL_LOG = 32  # blocks


@dataclass(frozen=True)
class Entry:
    """What a path leads to."""

    kind: Kind
    links: int = 1
    size: int = 0
    checksum: int = 0  # CRC-32 of the content


Tree = dict[str, Entry]


@dataclass(frozen=True)
class Growth:
    """A write that makes a file longer, piece by piece."""

    paths: tuple[str, ...]  # of the file
    start: int  # its size before
    content: bytes  # after the write
    whole: int  # writes to more blocks than this may stop on the way

    def sizes(self) -> range:
        """Sizes that the file may have on the way."""
        first, last = self.start // BLOCK, (len(self.content) - 1) // BLOCK
        if last - first < self.whole:
            return range(0)
        return range((first + 1) * BLOCK, len(self.content), BLOCK)


@dataclass(frozen=True)
class State:
    """A worker's tree at one moment."""

    done: int  # operations that are done
    tree: Tree
    growth: Growth | None = None  # what may have happened in part after it

    def allows(self, tree: Tree) -> bool:
        return tree == self.tree or self._allows_growth(tree)

    def _allows_growth(self, tree: Tree) -> bool:
        if self.growth is None:
            return False
        found = tree.get(self.growth.paths[0])
        if found is None or found.size not in self.growth.sizes():
            return False
        checksum = crc32(self.growth.content[: found.size])
        grown = dict(self.tree)
        for path in self.growth.paths:
            grown[path] = replace(grown[path], size=found.size, checksum=checksum)
        return tree == grown


@dataclass(frozen=True)
class Script:
    worker: int
    lines: list[str]
    states: list[State]  # in their order

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    def explanation(self, tree: Tree, done: int) -> State | None:
        """The first state, once so many operations are done, that allows this tree."""
        for state in self.states:
            if state.done >= done and state.allows(tree):
                return state
        return None

    def trees(self, done: int) -> list[Tree]:
        """All whole trees that may be there once so many operations are done."""
        return [state.tree for state in self.states if state.done >= done]

    def owns(self, path: str) -> bool:
        home = f"/w{self.worker}"
        return path == home or path.startswith((f"{home}/", f"{SHARED}/w{self.worker}-"))


class _Node:
    """A file, directory or device, while the script is made."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        self.links = 1
        self.clear()

    def write(self, offset: int, data: bytes) -> None:
        self._set(self.content[:offset] + data + self.content[offset + len(data) :])

    def clear(self) -> None:
        self._set(b"")

    def _set(self, content: bytes) -> None:
        self.content = content
        self.checksum = crc32(content)

    def entry(self) -> Entry:
        return Entry(self.kind, self.links, len(self.content), self.checksum)


def written(number: int, size: int) -> bytes:
    """What operation number `number` writes: fill() of guest/work.c."""
    cycle = bytes(range(256)) * 2
    pieces = (cycle[(number * 37 + at * 11) % 256 :][:256] for at in range(-(-size // 256)))
    return b"".join(pieces)[:size]


class _Writer:
    """Makes a script: knows the tree as it is after the lines so far."""

    def __init__(self, worker: int, random: Random, large: bool, whole: int) -> None:
        self.home = f"/w{worker}"
        self.shared_prefix = f"{SHARED}/w{worker}-"
        self.random = random
        self.nodes: dict[str, _Node] = {self.home: _Node("directory")}
        self.lines: list[str] = []
        self.states = [State(0, self.tree())]
        self.names = 0
        self.large = large
        self.whole = whole

    def tree(self) -> Tree:
        return {path: node.entry() for path, node in self.nodes.items()}

    # Choices.

    def paths(self, kind: Kind) -> list[str]:
        return [path for path, node in self.nodes.items() if node.kind == kind]

    def new_path(self) -> str:
        """A name that was never used, or one that is free again."""
        prefixes = [f"{path}/" for path in self.paths("directory")] + [self.shared_prefix]
        self.names += 1
        name = self.random.choice([self.names, self.random.randrange(self.names)])
        path = f"{self.random.choice(prefixes)}{name}"
        return self.new_path() if path in self.nodes else path

    def removable(self) -> list[str]:
        def is_empty(path: str) -> bool:
            return not any(other.startswith(f"{path}/") for other in self.nodes)

        return [path for path in self.nodes if path != self.home and is_empty(path)]

    def size(self) -> int:
        """Mostly small, sometimes of several pieces."""
        return self.random.choice(
            [
                self.random.randint(1, MAX_SMALL),
                self.random.randint(1, 3 * 1024),
                1024 * self.random.randint(1, 4),
                self.random.randint(1, MAX_FILE),
            ]
        )

    # Operations: each adds a line, and the states that it leads to.

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.step(len(self.lines))

    def step(self, done: int, growth: Growth | None = None) -> None:
        self.states.append(State(done, self.tree(), growth))

    def grow(self, path: str, size: int) -> None:
        """Appends; the state so far may be left piece by piece."""
        node = self.nodes[path]
        paths = tuple(other for other, its in self.nodes.items() if its is node)
        start = len(node.content)
        node.write(start, written(len(self.lines), size))
        self.states[-1] = replace(
            self.states[-1], growth=Growth(paths, start, node.content, self.whole)
        )

    def create(self) -> None:
        path = self.new_path()
        self.nodes[path] = _Node("file")
        self.add(f"c {path}")

    def append(self) -> None:
        path = self.random.choice(self.paths("file"))
        offset = len(self.nodes[path].content)
        size = min(self.size(), MAX_FILE - offset)
        if self.large and offset == 0:
            self.large, size = False, LARGE_FILE
        if size <= 0:
            return self.truncate(path)
        self.grow(path, size)
        self.add(f"w {path} {offset} {size}")

    def overwrite(self) -> None:
        path = self.random.choice(self.paths("file"))
        node = self.nodes[path]
        if len(node.content) < 2:
            return self.append()
        offset = self.random.randrange(len(node.content) - 1)
        size = self.random.randint(1, min(MAX_SMALL, len(node.content) - offset))
        node.write(offset, written(len(self.lines), size))
        self.add(f"w {path} {offset} {size}")

    def rewrite(self) -> None:
        path = self.random.choice([self.new_path(), *self.paths("file")])
        node = self.nodes.setdefault(path, _Node("file"))
        node.clear()
        self.step(len(self.lines))
        size = self.size()
        self.grow(path, size)
        self.add(f"r {path} {size}")

    def truncate(self, path: str = "") -> None:
        path = path or self.random.choice(self.paths("file"))
        self.nodes[path].clear()
        self.add(f"t {path}")

    def directory(self) -> None:
        path = f"{self.random.choice(self.paths('directory'))}/d{len(self.lines)}"
        self.nodes[path] = _Node("directory")
        self.add(f"m {path}")

    def device(self) -> None:
        path = self.new_path()
        self.nodes[path] = _Node("device")
        self.add(f"n {path} {self.random.randint(2, 9)} {self.random.randint(0, 9)}")

    def link(self) -> None:
        old, new = self.random.choice(self.paths("file")), self.new_path()
        node = self.nodes[new] = self.nodes[old]
        node.links += 1
        self.add(f"l {old} {new}")

    def unlink(self) -> None:
        path = self.random.choice(self.removable())
        self.nodes.pop(path).links -= 1
        self.add(f"u {path}")

    def temporary(self) -> None:
        path = self.new_path()
        self.nodes[path] = _Node("file")
        self.step(len(self.lines))
        del self.nodes[path]
        self.step(len(self.lines))
        self.add(f"x {path} {self.size()}")

    def choose(self) -> Callable[[], None]:
        """What comes next, so that there is always something to work on and never too much."""
        if not self.paths("file"):
            return self.create
        if len(self.nodes) > MAX_FILES:
            return self.unlink
        choices: dict[Callable[[], None], int] = {
            self.create: 3,
            self.append: 6,
            self.overwrite: 4,
            self.rewrite: 3,
            self.truncate: 1,
            self.directory: 1,
            self.device: 1,
            self.link: 2,
            self.temporary: 2,
        }
        if self.removable():
            choices[self.unlink] = 3
        (chosen,) = self.random.choices(list(choices), list(choices.values()))
        return chosen


def make_script(
    worker: int, seed: str, operations: int, large: bool = False, small_log: bool = False
) -> Script:
    """A worker's script; the same for the same arguments."""
    whole = 1 if small_log else WHOLE_WRITE
    writer = _Writer(worker, Random(f"{seed}/{worker}"), large, whole)
    while len(writer.lines) < operations:
        writer.choose()()
    return Script(worker, writer.lines, writer.states)
