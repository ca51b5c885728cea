"""The parts of pages that are made from the results: between two marks each, with the words of the
page's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from bench.host.analysis import budget
from bench.host.errors import BenchError
from bench.host.report.texts import Texts
from bench.host.report.values import compared
from bench.host.report.writer import grid
from bench.host.stored.results import Results, write_all
from bench.host.variants import BASELINE

PAGES = {
    "README.md": "en",
    "README.zh.md": "zh",
    "docs/benchmarks.md": "en",
    "docs/benchmarks.zh.md": "zh",
}
LARGE = "fork/pages:4096"
SUMMARY = (
    "null",
    "fork/pages:0",
    "fork/pages:4096",
    "fork_exec/pages:0",
    "fork_exec/pages:4096",
    "write_copy/pages:4096",
    "write_last/pages:4096",
)
COMPARED = "fork,write_copy/pages:4096,write_last/pages:4096,memory/pages:4096"
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
    say = Texts(language)

    def part(match: re.Match[str]) -> str:
        if match["name"] not in PARTS:
            there = ", ".join(PARTS)
            raise BenchError(f"{name} asks for '{match['name']}', but there is only {there}")
        made = PARTS[match["name"]](say, results)
        apart = made if match["name"] == "headline" or not made else f"\n{made}\n"
        return match[1] + (f"{apart}\n" if made else "") + match[3]

    return PART.sub(part, text)


def _headline(say: Texts, results: dict[str, Results]) -> str:
    """The fork that costs least, beside that of the baseline."""
    costs = {name: cost for name, result in results.items() if (cost := result.time(LARGE))}
    eager = costs.pop(BASELINE, None)
    if not eager or not costs:
        return ""
    variant, least = min(costs.items(), key=lambda item: item[1])
    ratio = compared(least, eager)
    return say(
        "readme.headline", base=BASELINE, eager=eager, variant=variant, least=least, ratio=ratio
    )


def _summary(say: Texts, results: dict[str, Results]) -> str:
    if not results:
        return say("readme.no_results")
    heads = [say("results.instructions"), *results]
    rows = [
        [say(f"words.{name}"), *(result.time(name) for result in results.values())]
        for name in SUMMARY
    ]
    return grid(heads, rows)


def _budgets(say: Texts, results: dict[str, Results]) -> str:
    rows = budget.rows(results)
    if not rows:
        return say("readme.no_results")

    def said(text: str) -> str:
        return say("readme.said." + text.replace(" ", "_"))

    heads = [head.strip() for head in say("readme.measure").split("|")]
    cells = [
        (
            said(row.what),
            row.variant,
            row.measured,
            say("readme.limit", direction=said(row.direction), limit=row.limit),
            said(row.unit),
            say("readme.kept" if row.kept else "readme.missed"),
        )
        for row in rows
    ]
    context = {key: str(value) for key, value in next(iter(results.values())).context.items()}
    qemu = context["qemu"].replace("QEMU emulator version", "QEMU")
    keys = ("firmware", "compiler", "memory")
    machine = say("readme.machine", qemu=qemu, **{key: context.get(key, "–") for key in keys})
    return f"{grid(heads, cells, 'llrrl')}\n\n{machine}"


def _compare(say: Texts, results: dict[str, Results]) -> str:
    """What make compare shows of two variants; nothing where there are no such results."""
    from bench.host.analysis.comparison import Side, compare
    from bench.host.tables import comparison as tables

    if not {"eager", "cow-reuse"} <= results.keys():
        return ""
    sides = [Side(name, results[name]) for name in ("eager", "cow-reuse")]
    try:
        text = tables.text(compare(sides[0], [sides[1]], COMPARED.split(",")))
    except BenchError:  # nothing in common: a part was measured
        return ""
    return f"```console\n$ make compare A=eager B=cow-reuse BENCH={COMPARED}\n{text}```"


PARTS: dict[str, Callable[[Texts, dict[str, Results]], str]] = {
    "budgets": _budgets,
    "compare": _compare,
    "headline": _headline,
    "summary": _summary,
}
