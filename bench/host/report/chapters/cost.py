"""What was concluded from instructions, asked again of the estimated cycles of each core."""

from __future__ import annotations

from bench.host.analysis import conclusions, cost
from bench.host.analysis.conclusions import Change, Conclusion
from bench.host.analysis.study import Study
from bench.host.cores import Core
from bench.host.display import markdown
from bench.host.report.values import factor, percent
from bench.host.report.writer import Blocks, Writer

FIGURES = ("break_even_by_core", "cost", "latency")
MARKS: dict[Change, str] = {"none": "", "moves": " *", "flips": " **!**", "unknown": ""}


def costs(w: Writer) -> Blocks:
    say = w.say
    yield say("cost")
    views = {core: Study(view) for core, view in cost.views(w.study.results).items()}
    if not views:
        yield say("cost.none")
        return
    yield w.table(
        "cost.cores",
        [
            (f"`{c.name}`", say.word(c.title), say(f"cost.{c.kind}"), say.word(c.error))
            for c in views
        ],
        "llll",
    )
    found = [(each, answers(each, w.study, views)) for each in conclusions.all_of(w.study)]
    yield say("cost.again")
    yield markdown.table(
        [say("cost.conclusion"), say("cost.instructions"), *(core.name for core in views)],
        [
            [
                what(w, each),
                shown(w, each, each.value(w.study)),
                *(shown(w, each, value) + MARKS[change] for value, change in of_core.values()),
            ]
            for each, of_core in found
        ],
        "l" + "r" * (len(views) + 1),
    )
    yield from named(w, found)
    break_even, parts, latency = FIGURES
    yield w.figure(break_even)
    yield w.figure(parts)
    yield say("cost.latency")
    yield w.figure(latency)


Answers = dict[Core, tuple[float | None, Change]]


def answers(each: Conclusion, study: Study, views: dict[Core, Study]) -> Answers:
    before = each.value(study)
    found = {core: each.value(view) for core, view in views.items()}
    return {core: (v, conclusions.change(each.kind, before, v)) for core, v in found.items()}


def what(w: Writer, each: Conclusion) -> str:
    return w.say(f"cost.{each.key}", one=each.one, other=each.other, name=each.name)


def shown(w: Writer, each: Conclusion, value: float | None) -> str:
    if value is None:
        return w.say("cost.never") if each.kind == "percent" else "–"
    return factor(value, 1) if each.kind == "times" else percent(value)


def named(w: Writer, found: list[tuple[Conclusion, Answers]]) -> Blocks:
    """Each that flips, and how many move."""
    say = w.say
    flips = [
        (each, core, value)
        for each, of_core in found
        for core, (value, change) in of_core.items()
        if change == "flips"
    ]
    moved = sum(c == "moves" for _, of_core in found for _, c in of_core.values())
    asked = sum(len(of_core) for _, of_core in found)
    yield say("cost.counted", flips=str(len(flips)), moved=str(moved), asked=str(asked))
    for each, core, value in flips:
        yield say(
            "cost.flip",
            what=what(w, each),
            core=core.name,
            before=shown(w, each, each.value(w.study)),
            after=shown(w, each, value),
        )
