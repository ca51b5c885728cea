"""The parts of pages that are made from the results and from the benchmarks' files: between two marks
each, with the words of the page's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.host.analysis import budget
from bench.host.benchmarks import About, load
from bench.host.display import markdown
from bench.host.errors import BenchError
from bench.host.measured import Results
from bench.host.report.links import relocate
from bench.host.report.texts import Texts
from bench.host.report.values import compared
from bench.host.stored.results import write_all
from bench.host.variants import BASELINE

PAGES = {
    "README.md": "en",
    "README.zh.md": "zh",
    "docs/benchmarks.md": "en",
    "docs/benchmarks.zh.md": "zh",
    "docs/commands.md": "en",
    "docs/commands.zh.md": "zh",
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


@dataclass(frozen=True)
class Known:
    """What the parts are made from."""

    say: Texts
    results: dict[str, Results]
    benchmarks: list[About]


def update(root: Path, results: dict[str, Results]) -> list[str]:
    """Make all generated parts of the pages that are there again; gives those that have changed."""
    benchmarks = load(root)
    changed = {}
    for name, language in PAGES.items():
        page = root / name
        try:
            old = page.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise BenchError(f"cannot read {page}: {error}") from None
        new = render(old, Known(Texts(language), results, benchmarks), name)
        if new != old:
            changed[page] = new
    write_all(changed)
    return [str(page.relative_to(root)) for page in changed]


def render(text: str, known: Known, name: str) -> str:
    """The text with its generated parts replaced."""
    starts, parts = text.count("<!-- generated: "), len(PART.findall(text))
    if starts != parts or parts == 0:
        raise BenchError(
            f"{name} has {starts} marks '<!-- generated: NAME -->' and {parts} of them closed by "
            "'<!-- end of NAME -->': there must be one at least, and each must be closed"
        )

    def part(match: re.Match[str]) -> str:
        if match["name"] not in PARTS:
            there = ", ".join(PARTS)
            raise BenchError(f"{name} asks for '{match['name']}', but there is only {there}")
        made = relocate(PARTS[match["name"]](known), Path(), Path(name).parent)
        apart = made if match["name"] == "headline" or not made else f"\n{made}\n"
        return match[1] + (f"{apart}\n" if made else "") + match[3]

    return PART.sub(part, text)


def _headline(known: Known) -> str:
    """The fork that costs least, beside that of the baseline."""
    costs = {name: cost for name, result in known.results.items() if (cost := result.time(LARGE))}
    eager = costs.pop(BASELINE, None)
    if not eager or not costs:
        return ""
    variant, least = min(costs.items(), key=lambda item: item[1])
    ratio = compared(least, eager)
    return known.say(
        "readme.headline", base=BASELINE, eager=eager, variant=variant, least=least, ratio=ratio
    )


def _summary(known: Known) -> str:
    if not known.results:
        return known.say("readme.no_results")
    heads = [known.say("results.instructions"), *known.results]
    rows = [
        [known.say(f"words.{name}"), *(result.time(name) for result in known.results.values())]
        for name in SUMMARY
    ]
    return markdown.table(heads, rows)


def _budgets(known: Known) -> str:
    rows = budget.rows(known.results, known.benchmarks)
    if not rows:
        return known.say("readme.no_results")
    cells = [
        (
            known.say.word(row.what),
            row.variant,
            row.measured,
            known.say.where("readme.at_most", limit=row.limit.at_most)
            or known.say("readme.at_least", limit=row.limit.at_least),
            known.say.word(row.unit),
            known.say("readme.kept" if row.kept else "readme.missed"),
        )
        for row in rows
    ]
    context = {key: str(value) for key, value in next(iter(known.results.values())).context.items()}
    qemu = context["qemu"].replace("QEMU emulator version", "QEMU")
    keys = ("firmware", "compiler", "memory")
    machine = known.say("readme.machine", qemu=qemu, **{key: context.get(key, "–") for key in keys})
    return f"{markdown.table(_heads(known, 'readme.measure'), cells, 'llrrl')}\n\n{machine}"


def _compare(known: Known) -> str:
    """What make compare shows of two variants; nothing where there are no such results."""
    from bench.host.analysis.comparison import Side, compare
    from bench.host.display import comparison as tables

    if not {"eager", "cow-reuse"} <= known.results.keys():
        return ""
    sides = [Side(name, known.results[name]) for name in ("eager", "cow-reuse")]
    try:
        text = tables.text(compare(sides[0], [sides[1]], COMPARED.split(",")))
    except BenchError:  # nothing in common: a part was measured
        return ""
    return f"```console\n$ make compare A=eager B=cow-reuse BENCH={COMPARED}\n{text}```"


def _list(known: Known) -> str:
    """What each benchmark measures."""
    word = known.say.word
    rows = [
        (f"`{each.name}`", _cell(word(each.title)), word(each.unit), _figure(each))
        for each in known.benchmarks
    ]
    return markdown.table(_heads(known, "readme.benchmarks"), rows, "l")


def _regions(known: Known) -> str:
    """Where its time begins and ends, what is in it and what is not."""
    rows = [
        (
            f"`{each.name}`",
            *(_cell(known.say.word(text)) for text in (each.region, each.covers, each.omits)),
        )
        for each in known.benchmarks
    ]
    return markdown.table(_heads(known, "readme.regions"), rows, "l")


def _typed(known: Known, what: str) -> str:
    """The commands, or their variables."""
    from tools import describe  # which knows the commands, and they this

    return describe.TABLES[what](known.say.language)


def _figure(about: About) -> str:
    return f"[{about.figure}](results/plots/{about.figure}.svg)" if about.figure else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _heads(known: Known, key: str) -> list[str]:
    return [head.strip() for head in known.say(key).split("|")]


PARTS: dict[str, Callable[[Known], str]] = {
    "benchmarks": _list,
    "budgets": _budgets,
    "commands": partial(_typed, what="commands"),
    "compare": _compare,
    "headline": _headline,
    "regions": _regions,
    "summary": _summary,
    "variables": partial(_typed, what="variables"),
}
