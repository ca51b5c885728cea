"""The parts of pages that are made from the results: between two marks each, by a template of the
page's language."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

from bench.host.analysis import budget
from bench.host.errors import BenchError
from bench.host.report import templating, words
from bench.host.stored.results import Results, write_all
from bench.host.text import ratio
from bench.host.variants import BASELINE

KIND = "readme"
PAGES = {
    "README.md": "en",
    "README.zh.md": "zh",
    "docs/benchmarks.md": "en",
    "docs/benchmarks.zh.md": "zh",
}
PART = re.compile(
    r"(<!-- generated: (?P<name>[a-z_]+)[^>]*-->\n).*?(<!-- end of (?P=name) -->)", re.DOTALL
)


def update(root: Path, results: dict[str, Results]) -> list[str]:
    """Make all generated parts of the pages that are there again; gives those that have changed."""
    changed = {}
    for name, language in PAGES.items():
        page = root / name
        try:
            old = page.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise BenchError(f"cannot read {page}: {error}") from None
        new = render(old, results, name, language)
        if new != old:
            changed[page] = new
    write_all(changed)
    return [str(page.relative_to(root)) for page in changed]


def render(text: str, results: dict[str, Results], name: str, language: str = "en") -> str:
    """The text with its generated parts replaced."""
    starts, parts = text.count("<!-- generated: "), len(PART.findall(text))
    if starts != parts or parts == 0:
        raise BenchError(
            f"{name} has {starts} marks '<!-- generated: NAME -->' and {parts} of them closed by "
            "'<!-- end of NAME -->': there must be one at least, and each must be closed"
        )
    environment = templating.environment(KIND, language)
    there = set(environment.list_templates())
    values = _values(results)

    def part(match: re.Match[str]) -> str:
        template = f"{match['name']}.md.j2"
        if template not in there:
            raise BenchError(f"{name} asks for '{match['name']}', but there is no {template}")
        return match[1] + environment.get_template(template).render(values) + match[3]

    return PART.sub(part, text)


def _values(results: dict[str, Results]) -> dict[str, Any]:
    return {
        "results": results,
        "baseline": BASELINE,
        "budgets": budget.rows(results),
        "ratio": ratio,
        "factor": words.factor,
        "compared": partial(_compared, results),
        "context": next((r.context for r in results.values()), None),
    }


def _compared(results: dict[str, Results], base: str, other: str, bench: str) -> str:
    """What make compare shows of two variants; empty where there are no such results."""
    from bench.host.analysis.comparison import Side, compare
    from bench.host.tables import comparison as tables

    if base not in results or other not in results:
        return ""
    sides = [Side(name, results[name]) for name in (base, other)]
    try:
        return tables.text(compare(sides[0], [sides[1]], bench.split(",")))
    except BenchError:  # nothing in common: a part was measured
        return ""
