"""What each file of bench/guest says about its benchmark.

The initializers ABOUT and BENCHMARK are read out of the C source; benchmark.h says what is in them. Of
C this knows designators, strings, numbers and braces, and takes nothing else for data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.host.errors import BenchError
from bench.host.languages import ENGLISH, LANGUAGES, NOTHING, Text

TOKEN = re.compile(
    r'\s+|//[^\n]*|"((?:[^"\\\n]|\\["\\])*)"|(-?[0-9]+(?:\.[0-9]+)?)|\.([a-z_]+)\s*=|([{},])'
)
ABOUT = re.compile(r"^ABOUT\((\w+)\) = (\{.*?^\});", re.MULTILINE | re.DOTALL)
BENCHMARK = re.compile(r"^BENCHMARK\(([0-9]{2}), (\w+)\) = \{(.*?)^\};", re.MULTILINE | re.DOTALL)
TEXTS = ("title", "unit", "region", "covers", "omits")


@dataclass(frozen=True)
class Limit:
    variants: str  # patterns with a space between, or "a / b" for a ratio
    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True)
class Budget:
    """Limits on a value. Where several name a variant, the first one counts."""

    what: Text
    limits: tuple[Limit, ...]
    at: str = ""  # parameters of the benchmark, such as "pages:4096"
    above: str = (
        ""  # parameters of another one, whose time is subtracted: the cost is that of a page
    )
    value: str = ""  # in place of the time: a value of the benchmark, for each page, in a unit
    unit: Text = NOTHING


@dataclass(frozen=True)
class About:
    """A benchmark as its file describes it."""

    family: str
    order: str
    wall: bool  # measured under the wall clock alone
    name: str  # with letters for its parameters, such as fork/pages:P
    title: Text
    unit: Text
    region: Text  # where the time begins and ends
    covers: Text
    omits: Text
    figure: str = ""  # that shows it
    budgets: tuple[Budget, ...] = ()


def load(root: Path) -> list[About]:
    """All benchmarks, in the order in which they run."""
    files = sorted((root / "bench" / "guest").glob("*.c"))
    return sorted((read(path) for path in files), key=lambda about: (about.order, about.family))


def read(path: Path) -> About:
    try:
        fields = initializer(path)
        fields |= {key: _text(fields.get(key, {})) for key in TEXTS}
        fields["budgets"] = tuple(map(_budget, fields.get("budgets", ())))
        made = About(**fields)
    except (TypeError, ValueError) as error:
        raise BenchError(f"{path}: ABOUT({path.stem}): {error}") from None
    if made.name.partition("/")[0] != made.family or not made.title.en:
        raise BenchError(f"{path}: ABOUT({path.stem}) needs a .title, and a .name of its family")
    return made


def initializer(path: Path) -> dict[str, Any]:
    """What stands in the braces of ABOUT, and what it leaves to BENCHMARK."""
    source = path.read_text(encoding="utf-8")
    about, benchmark = ABOUT.search(source), BENCHMARK.search(source)
    if about is None or benchmark is None or not about[1] == benchmark[2] == path.stem:
        raise BenchError(f"{path} needs ABOUT({path.stem}) and BENCHMARK(NN, {path.stem})")
    fields: dict[str, Any] = _Initializer(
        about[2], source.count("\n", 0, about.start(2)) + 1
    ).value()
    unit = re.search(r'\.unit = "([^"]+)"', benchmark[3])
    return fields | {
        "family": path.stem,
        "order": benchmark[1],
        "wall": "WALL_CLOCK" in benchmark[3],
        "unit": {ENGLISH: unit[1] if unit else ""} | fields.get("unit", {}),
    }


def _text(words: dict[str, str]) -> Text:
    """In English where there is no translation."""
    return Text(**dict.fromkeys(LANGUAGES, words.get(ENGLISH, "")) | words)


def _budget(fields: dict[str, Any]) -> Budget:
    limits = tuple(Limit(**each) for each in fields.get("limits", ()))
    fields |= {key: _text(fields.get(key, {})) for key in ("what", "unit")} | {"limits": limits}
    budget = Budget(**fields)
    if not limits or any((each.at_most is None) == (each.at_least is None) for each in limits):
        raise ValueError("a budget needs .limits, and each of them .at_most or .at_least")
    for point in (budget.at, budget.above):
        if point and not re.fullmatch(r"[a-z]+:[0-9]+(/[a-z]+:[0-9]+)*", point):
            raise ValueError(f"{point!r} are no parameters such as pages:4096")
    if (budget.above or budget.value) and "pages:" not in budget.at:
        raise ValueError("a cost per page needs .at with a number of pages")
    return budget


class _Initializer:
    """A C initializer as dict, list, str and number."""

    def __init__(self, source: str, line: int) -> None:
        self._tokens: list[tuple[str, str, int]] = []  # kind, text, line
        place = 0
        while place < len(source):
            match = TOKEN.match(source, place)
            here = line + source.count("\n", 0, place)
            if match is None:
                raise ValueError(f"line {here}: cannot read {source[place:].splitlines()[0]!r}")
            if match.lastindex is not None:
                kind = ("string", "number", "field", "mark")[match.lastindex - 1]
                self._tokens.append((kind, match[match.lastindex], here))
            place = match.end()

    def value(self) -> Any:
        kind, text, line = self._next()
        if kind == "string":
            while self._tokens and self._tokens[0][0] == "string":  # C joins them
                text += self._next()[1]
            return re.sub(r"\\(.)", r"\1", text)
        if kind == "number":
            return float(text) if "." in text else int(text)
        if (kind, text) == ("mark", "{"):
            return self._braces()
        raise ValueError(f"line {line}: {text!r} is no value")

    def _braces(self) -> dict[str, Any] | list[Any]:
        fields: dict[str, Any] = {}
        items: list[Any] = []
        while self._tokens and self._tokens[0][:2] != ("mark", "}"):
            kind, name, line = self._tokens[0]
            if kind == "field":
                self._next()
                fields[name] = self.value()
            else:
                items.append(self.value())
            if self._tokens and self._tokens[0][1] != "}" and self._next()[:2] != ("mark", ","):
                raise ValueError(f"line {line}: a comma is missing after {name!r}")
        self._next()
        if fields and items:
            raise ValueError("values with a name and without one are in the same braces")
        return items or fields

    def _next(self) -> tuple[str, str, int]:
        if not self._tokens:
            raise ValueError("it ends too early")
        return self._tokens.pop(0)
