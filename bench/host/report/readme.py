"""The parts of README.md that are made from the results: between two marks each, by a template."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2

from bench.host.analysis import budget
from bench.host.errors import BenchError
from bench.host.stored.results import Results, write_all
from bench.host.text import number, ratio
from bench.host.variants import BASELINE

TEMPLATES = Path(__file__).with_name("templates")
PART = re.compile(
    r"(<!-- generated: (?P<name>[a-z_]+)[^>]*-->\n).*?(<!-- end of (?P=name) -->)", re.DOTALL
)


def update(readme: Path, results: dict[str, Results]) -> bool:
    """Make all generated parts again; true when the file has changed."""
    try:
        old = readme.read_text(encoding="utf-8")
    except OSError as error:
        raise BenchError(f"cannot read {readme}: {error}") from None
    new = render(old, results, readme.name)
    if new != old:
        write_all({readme: new})
    return new != old


def render(text: str, results: dict[str, Results], name: str) -> str:
    """The text with its generated parts replaced."""
    starts, parts = text.count("<!-- generated: "), len(PART.findall(text))
    if starts != parts or parts == 0:
        raise BenchError(
            f"{name} has {starts} marks '<!-- generated: NAME -->' and {parts} of them closed by "
            "'<!-- end of NAME -->': there must be one at least, and each must be closed"
        )
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = number
    values = _values(results)

    def part(match: re.Match[str]) -> str:
        template = f"{match['name']}.md.j2"
        if not (TEMPLATES / template).is_file():
            raise BenchError(f"{name} asks for '{match['name']}', but there is no {template}")
        return match[1] + environment.get_template(template).render(values) + match[3]

    return PART.sub(part, text)


def _values(results: dict[str, Results]) -> dict[str, Any]:
    return {
        "results": results,
        "baseline": BASELINE,
        "budgets": budget.rows(results),
        "ratio": ratio,
        "context": next((r.context for r in results.values()), None),
    }
