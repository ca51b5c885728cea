"""Difficulties, which strategy for which purpose, limits and provenance; and the skeleton of a course report."""

from __future__ import annotations

from bench.host.analysis import model
from bench.host.measured import Results
from bench.host.report.chapters import models, results
from bench.host.report.chapters.opening import LARGE, break_even, points_of
from bench.host.report.values import compared, percent
from bench.host.report.writer import Blocks, Writer

# Benchmarks; of a family alone, the largest.
WORK = (
    "fork/pages:4096",
    "fork_exec/pages:0",
    "fork_exec/pages:4096",
    "fork_touch/pages:4096/percent:10",
    "fork_touch/pages:4096/percent:50",
    "fork_touch/pages:4096/percent:100",
    "write_last/pages:4096",
    "fork_wide",
    "fork_deep",
    "spawn_small",
    "shell_pipeline",
    "snapshot/pages:4096/updates:10000",
    "snapshot/pages:4096/updates:100000",
    "prefork",
    "forkserver",
)
FRAMES = {
    "fork_wide": "frames_peak",
    "snapshot/pages:4096/updates:10000": "frames_peak",
    "snapshot/pages:4096/updates:100000": "frames_peak",
    "prefork": "frames_per_worker",
}
SMALL = ("fork_exit/pages:0", "fork_exec/pages:0")  # not in a course report
MANY = 50  # percent


def difficulties(w: Writer) -> Blocks:
    time = w.study.time
    yield w.say(
        "difficulties",
        fork_now=w.say.where("difficulties.fork_now", time=time("cow-hash", "fork/pages:1024")),
        exit_now=w.say.where(
            "difficulties.exit_now",
            time=time("cow-hash", "fork_exit/pages:4096"),
            fork=time("cow-hash", LARGE),
        ),
    )


def choosing(w: Writer) -> Blocks:
    say, study, base = w.say, w.study, w.study.baseline
    yield say("choosing")
    rows = []
    for key in WORK:
        if won := study.best(benchmark(w, key)):
            ratio = None if base in won.variants else compared(won.value, won.baseline)
            many = say("choosing.per", value=won.value, unit=won.unit)
            best = say.code(won.variants)
            rows.append(
                (say(f"choosing.{key}"), f"`{won.name}`", best, many, results.beside(w, ratio))
            )
    yield w.table("choosing.heads", rows, "lllrl")
    yield from memory(w)
    yield from advice(w)


def benchmark(w: Writer, key: str) -> str:
    """Its name, where it is of a family with parameters."""
    return key if "/" in key or key == "shell_pipeline" else w.study.largest(key) or key


def memory(w: Writer) -> Blocks:
    say, study = w.say, w.study
    wanted = [(f"choosing.frames.{key}", benchmark(w, key), of) for key, of in FRAMES.items()]
    rows: list[tuple[object, ...]] = [
        (say(text), f"`{least.name}`", say.code(least.variants), least.value, least.baseline)
        for text, name, key in wanted
        if (least := study.best(name, key))
    ]
    if most := study.best(next(iter(study.names("capacity")), ""), "children", most=True):
        children = say("choosing.children", count=most.value)
        best = say.code(most.variants)
        rows.append((say("choosing.most"), f"`{most.name}`", best, children, most.baseline))
    if rows:
        yield say("choosing.memory")
        yield w.table("choosing.memory_heads", rows, "lllr")


def advice(w: Writer) -> Blocks:
    say, study = w.say, w.study
    points = [found.percent for _, found in points_of(w) if found.percent is not None]
    if points:
        low, high = percent(min(points)), percent(max(points))
        between = say("choosing.between", low=low, high=high)
        key = "choosing.share_few" if min(points) < MANY else "choosing.share"
        yield say(key, part=low if min(points) == max(points) else between)
    else:
        yield say("choosing.share_always")
    parts = model.faults(study)
    pays = parts.pays_from if parts else None
    asking = ""
    if parts and pays is not None:
        asking = say("choosing.asking", question=parts.question, part=percent(pays))
    yield say("choosing.ask", asking=asking)
    forks = compared(study.time("cow-reuse", LARGE), study.time("cow-hash", LARGE))
    costs = say.where(
        "choosing.counts",
        ratio=forks,
        peak=study.value("cow-hash", LARGE, "metadata_bytes_peak"),
        idle=study.value("cow-hash", "null", "metadata_bytes"),
        always=study.value("cow-reuse", LARGE, "metadata_bytes_peak"),
    )
    yield say("choosing.count", costs=costs if forks else "")
    yield say("choosing.copy")


def limits(w: Writer) -> Blocks:
    yield w.say("limits")


def provenance(w: Writer) -> Blocks:
    context = {key: str(value) for key, value in w.study.context.items()}
    keys = ("compiler", "flags", "qemu", "firmware", "memory", "harts", "clock")
    yield w.say("provenance", **{key: context.get(key, "–") for key in keys})
    rows = [
        (f"[`results/{v}.json`](results/{v}.json)", digest(r)) for v, r in w.study.results.items()
    ]
    yield w.table("provenance.heads", rows, "l")


def digest(result: Results) -> str:
    return f"`{result.context['digest']}`"


def course(w: Writer) -> Blocks:
    """Tables and figures for a student's own words."""
    say, study, context = w.say, w.study, w.study.context
    yield say(
        "course",
        qemu=str(context["qemu"]).replace("QEMU emulator version ", ""),
        harts=str(context["harts"]),
        memory=str(context["memory"]),
        compiler=str(context["compiler"]),
        clock=str(context["clock"]).partition(":")[0],
    )
    usual = [name for name in results.OPERATIONS if "file" not in name and name not in SMALL]
    yield w.operations(say("course.instructions"), usual)
    yield w.figure("fork")
    if lines := results.fork_lines(w):
        yield results.lines_table(w, lines)
    yield say("course.slope")
    yield w.figure("write_fault")
    yield say("course.faults")
    yield w.figure("fork_touch")
    if study.has("fork_touch"):
        yield w.family("fork_touch")
        yield from ("- " + break_even(w, variant, found) for variant, found in points_of(w))
        yield say("course.copying")
    yield w.figure("memory")
    if study.has("memory"):
        yield from results.moments(w)
        yield say("course.frames")
    if rows := models.fork_predictions(models.fork_models(study)):
        yield say("course.model")
        yield w.predictions(rows)
        yield say("course.worst")
    yield say("course.end")
    digests = [(variant, digest(result)) for variant, result in study.results.items()]
    yield w.table("course.hashes", digests, "l")
