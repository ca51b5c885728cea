"""Summary, purpose, what was built, and method."""

from __future__ import annotations

from bench.host.analysis import breakeven, model
from bench.host.report import crosschecks
from bench.host.report.values import Ratio, compared, factor, percent, signed_percent
from bench.host.report.writer import Blocks, Writer

LARGE = "fork/pages:4096"
LAST = "write_last/pages:4096"
SNAPSHOT = "snapshot/pages:4096/updates:100000"
CAPACITY = "capacity/pages:4096"
KNOWN = ("eager", "cow-array", "cow-hash", "cow-reuse")
SCATTERED = 20  # percent of a median, from which on the layout of memory decides a cost


def summary(w: Writer) -> Blocks:
    say, study, base = w.say, w.study, w.study.baseline
    yield say("summary")
    eager = study.time(base, LARGE)
    forks = [
        say("summary.under", variant=variant, time=time, ratio=Ratio(time, eager))
        for variant in ("cow-array", "cow-hash")
        if (time := study.time(variant, LARGE)) and eager
    ]
    if forks:
        yield say("summary.fork", base=base, eager=eager, forks=w.say.listed(forks, "clauses"))
    yield from break_evens(w)
    yield say.where(
        "summary.last",
        array=(array := study.time("cow-array", LAST)),
        reuse=(reuse := study.time("cow-reuse", LAST)),
        ratio=compared(reuse, array),
    )
    for spread in study.layouts():
        if study.store(spread.variant) == "table" and spread.percent > SCATTERED:
            worst = max(spread.medians)
            times = factor(worst, spread.medians[0])
            yield say(
                "summary.layouts",
                variant=spread.variant,
                name=spread.name,
                worst=worst,
                times=times,
            )
    yield from loads(w)
    if worst_fork := model.worst(study):
        variant, found = worst_fork
        error = signed_percent(found.error)
        yield say("summary.models", variant=variant, name=found.what, error=error)
    yield say("summary.units")


def break_evens(w: Writer) -> Blocks:
    """Where sharing loses: what has no such point has a sentence of its own."""
    points = []
    for variant, found in points_of(w):
        if found.percent is not None:
            words = w.say("summary.point", variant=variant, percent=percent(found.percent))
            points.append(words)
        else:
            yield "- " + break_even(w, variant, found)
    if points:
        yield w.say("summary.loses", base=w.study.baseline, points=w.say.listed(points, "or"))


def points_of(w: Writer, pages: int | None = None) -> list[tuple[str, breakeven.BreakEven]]:
    """The break-even of each variant that shares, where it was measured."""
    results = w.study.results
    if w.study.baseline not in results:
        return []
    eager = results[w.study.baseline]
    every = [(name, breakeven.find(results[name], eager, pages)) for name in w.study.sharing]
    return [(name, found) for name, found in every if found is not None]


def break_even(w: Writer, variant: str, found: breakeven.BreakEven) -> str:
    """As a sentence."""
    names = {"variant": f"`{variant}`", "base": f"`{w.study.baseline}`"}
    part = percent(found.percent)
    return w.say(f"words.break_even.{found.kind}", pages=found.pages, percent=part, **names) + (
        w.say("words.stop")
    )


def loads(w: Writer) -> Blocks:
    study, base = w.study, w.study.baseline
    ours, theirs = (
        [
            study.value(variant, SNAPSHOT, "instructions_pause"),
            study.time(variant, SNAPSHOT),
            study.value(variant, SNAPSHOT, "frames_peak"),
        ]
        for variant in ("cow-reuse", base)
    )
    pause, whole, frames = map(compared, ours, theirs)
    if pause and whole and frames:
        part = percent(100 * frames.value / frames.base)
        yield w.say("summary.snapshot", base=base, pause=pause, whole=whole, frames=part)
    children = study.value("cow-reuse", CAPACITY, "children")
    killed = study.value("cow-reuse", CAPACITY, "children_killed")
    few = study.value(base, CAPACITY, "children")
    if children:
        yield w.say.where("summary.capacity", base=base, few=few, many=children, killed=killed)


def purpose(w: Writer) -> Blocks:
    yield w.say("purpose")


def built(w: Writer) -> Blocks:
    yield w.say("built")
    own = [variant for variant in w.study.variants if variant not in KNOWN]
    if own:
        yield w.say("built.own", names=w.say.code(own))


def method(w: Writer) -> Blocks:
    say, study, context = w.say, w.study, w.study.context
    yield say("method", harts=str(context["harts"]))
    yield say(
        "method.sample",
        rejected=study.rejected(),
        samples=study.samples(),
        overhead=str(context["timer_overhead"]),
        benchmarks=study.benchmarks(),
        memory=str(context["memory"]),
    )
    yield from trust(w)


def trust(w: Writer) -> Blocks:
    say, study = w.say, w.study
    yield say("method.repeat")
    if timed := study.timed:
        widest = study.scatter()
        more = ""
        if widest and widest[0]:
            range_, variant, name = widest
            more = say("method.range", percent=percent(range_), variant=variant, name=name)
        yield say("method.scatter", all=len(timed), constant=study.constant(), more=more)
    layouts = study.layouts()
    if layouts:
        yield say("method.layouts", seeds=len(layouts[0].medians) - 1)
    if firsts := study.firsts():
        variant, benchmark, change = firsts[0]
        most = signed_percent(change)
        yield say(
            "method.firsts", cases=len(firsts), most=most, variant=variant, name=benchmark.name
        )
    yield say("method.correct")
    rows = [
        (
            say(f"method.check.{check.key}"),
            check.cases,
            say(
                "method.fails" if check.failures else "method.holds",
                names=", ".join(check.failures),
            ),
        )
        for check in crosschecks.run(study)
    ]
    yield w.table("method.checks", rows, "lrl")
    if layouts:
        yield say("method.medians")
        yield w.table(
            "method.spreads",
            [
                (
                    spread.variant,
                    f"`{spread.name}`",
                    spread.medians[0],
                    min(spread.medians),
                    max(spread.medians),
                    percent(spread.percent),
                )
                for spread in layouts
            ],
            "llr",
        )
    for spread in layouts:
        if study.store(spread.variant) == "table" and spread.percent > SCATTERED:
            yield say("method.exception", variant=spread.variant)
