"""Several harts at once: throughput, waiting, what moves, and how far it depends on the turns of the harts."""

from __future__ import annotations

from collections import Counter

from bench.host.analysis import scaling
from bench.host.analysis.scaling import COUNTS, OTHERS, Turned
from bench.host.display import markdown
from bench.host.measured import Benchmark
from bench.host.report.values import factor, percent
from bench.host.report.writer import Blocks, Writer
from bench.host.text import number

FORK = "smp_fork"
NAMED = 0.005  # of the instructions of all harts: locks that are waited for less are not named


def harts(w: Writer) -> Blocks:
    if not w.study.has(*scaling.FAMILIES):
        return
    yield w.say("harts", quantum=scaling.QUANTUM)
    yield w.figure("scaling")
    for family in scaling.FAMILIES:
        yield w.say(f"harts.{family}")
        yield table(w, family)
    yield w.figure("waiting")
    yield from waiting(w)
    yield w.figure("moving")
    yield w.say("harts.moving")
    yield from turns(w)
    yield from machine(w)


def table(w: Writer, family: str) -> str:
    """A row for each strategy and number of harts."""
    rows: list[tuple[object, ...]] = []
    for variant, several in scaling.of_all(w.study.results, family).items():
        for each in several:
            rows.append((f"`{variant}`", each.parameters["harts"], *numbers(several, each)))
    return w.table("harts.heads", rows, "lr")


def numbers(several: list[Benchmark], each: Benchmark) -> tuple[object, ...]:
    """By operation: time, times the throughput of one hart, and what the harts cost each other."""
    parts = scaling.instructions(each)
    whole = sum(parts.values())
    sent, flushes, lines = (
        scaling.per_operation(each, key) for key in ("interrupts_sent", "flushes", "lines_moved")
    )
    return (
        each.time(),
        factor(scaling.speedup(several, each), 1),
        number(whole, 0),
        percent(100 * (parts[COUNTS] + parts[OTHERS]) / whole),
        number(lines, 1),
        number(sent, 2),
        number(flushes, 1),
    )


def waiting(w: Writer) -> Blocks:
    """By name the locks that the most harts wait for."""
    rows = []
    for family in scaling.FAMILIES:
        for variant, several in scaling.of_all(w.study.results, family).items():
            whole = sum(scaling.instructions(several[-1]).values())
            named = Counter(
                {
                    name: n
                    for name, n in scaling.locks(several[-1]).items()
                    if n >= NAMED * whole and name != "other"
                }
            )
            if named:
                locks = [f"`{name}` {percent(100 * n / whole)}" for name, n in named.most_common()]
                rows.append((f"`{several[-1].name}`", f"`{variant}`", w.say.listed(locks, "names")))
    if rows:
        yield w.say("harts.waiting")
        yield w.table("harts.locks", rows, "lll")


def turns(w: Writer) -> Blocks:
    """The same in turns of other lengths, and in all phases of each."""
    rows, differences, spreads = [], [], []
    for family in scaling.FAMILIES:
        for variant, results in w.study.results.items():
            found = {each.quantum: each for each in scaling.turned(results, family)}
            usual = found.get(scaling.QUANTUM)
            if (
                usual is None
                or len(found) < 2
                or variant not in scaling.of_all(w.study.results, family)
            ):
                continue
            rows.append((f"`{family}`", f"`{variant}`", *(turn(each) for each in found.values())))
            differences += [abs(100 * each.time / usual.time - 100) for each in found.values()]
            spreads += [each.spread for each in found.values()]
            quanta = list(found)
    if rows:
        heads = [w.say("harts.quantum", quantum=quantum) for quantum in quanta]
        yield w.say("harts.turns", harts=scaling.TRIED_ON, quantum=scaling.QUANTUM)
        yield markdown.table([*w.heads("harts.turn_heads"), *heads], rows, "llr")
        yield w.say("harts.depends", most=percent(max(differences)), phases=percent(max(spreads)))


def turn(each: Turned) -> str:
    return f"{number(each.time, 0)} ± {percent(each.spread / 2)}"


def machine(w: Writer) -> Blocks:
    """What follows for a machine with many harts."""
    study = w.study
    yield w.say("harts.machine")
    for variant, several in scaling.of_all(study.results, FORK).items():
        most = several[-1]
        times, parts = scaling.speedup(several, most), scaling.instructions(most)
        if times is None:
            continue
        waits = 100 * (parts[COUNTS] + parts[OTHERS]) / sum(parts.values())
        level = scaling.level_with(study, variant, FORK)
        yield w.say(
            "harts.grows" if times > most.parameters["harts"] / 2 else "harts.stops",
            variant=variant,
            harts=most.parameters["harts"],
            times=number(times, 1),
            waits=percent(waits),
            level=w.say("harts.level", base=study.baseline, level=level) if level else "",
        )
    yield w.say("harts.follows")
