"""What each file of bench/guest says about its benchmark.

The initializers ABOUT and BENCHMARK are read out of the C source; benchmark.h says what is in them. Of
C this knows designators, strings, numbers and braces, and takes nothing else for data.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.host.errors import BenchError
from bench.host.languages import ENGLISH, LANGUAGES, NOTHING, Text

TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|(\{)(?=\s*\.)|[{}]|\.([a-z_]+)\s*=')
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
    fields: dict[str, Any] = _parsed(about[2], source.count("\n", 0, about.start(2)) + 1)
    unit = re.search(r'\.unit = "([^"]+)"', benchmark[3])
    return fields | {
        "family": path.stem,
        "order": benchmark[1],
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


def _parsed(source: str, line: int) -> Any:
    """A C initializer, which begins at a line of its file, as dict, list, str and number. Written as
    calls, it is Python's grammar, which joins strings and reads escapes as C does."""
    try:
        tree = ast.parse(TOKEN.sub(_as_python, source), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"line {line + (error.lineno or 1) - 1}: {error.msg}") from None
    return _value(tree.body, line)


def _as_python(match: re.Match[str]) -> str:
    named, field = match.groups()
    if named or field:
        return "dict(" if named else f"{field}="
    return {"/": "", "{": "list(", "}": ")"}.get(match[0][0], match[0])


def _value(node: ast.expr, line: int) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float)):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "dict" and not node.args:
            return {str(each.arg): _value(each.value, line) for each in node.keywords}
        if node.func.id == "list" and not node.keywords:
            return [_value(each, line) for each in node.args]
    raise ValueError(f"line {line + node.lineno - 1}: cannot read {ast.unparse(node)!r}")
