"""The results, from a fork alone to whole loads."""

from __future__ import annotations

from functools import partial

from bench.host.analysis import fit, model
from bench.host.display import markdown
from bench.host.figures.phases import PHASES
from bench.host.measured import Results
from bench.host.report.chapters import cost
from bench.host.report.chapters.opening import LARGE, points_of
from bench.host.report.values import Ratio, compared, factor, percent
from bench.host.report.writer import Blocks, Writer
from bench.host.text import number

OPERATIONS = (
    "null",
    "fork/pages:0",
    "fork/pages:4096",
    "fork_exit/pages:0",
    "fork_exit/pages:4096",
    "fork_exec/pages:0",
    "fork_exec/pages:4096",
    "write_copy/pages:4096",
    "write_last/pages:4096",
    "file_write",
    "file_read",
)
MOMENTS = (
    "frames_fork",
    "frames_after_0",
    "frames_after_10",
    "frames_after_50",
    "frames_after_100",
    "frames_after_exit",
)
STORE = (
    "instructions_pause",
    "instructions_update_before",
    "instructions_update_during",
    "instructions_update_after",
    "pages_copied_parent",
    "frames_peak",
)


def results(w: Writer) -> Blocks:
    yield w.say("results")
    yield w.operations(w.say("results.instructions"), OPERATIONS)
    for part in (fork, writes, touched, memory, owners, programs, snapshot, loads, phases):
        yield from part(w)
    if more := w.figure.rest(cost.FIGURES):
        yield w.say("results.more")
        yield more


def fork(w: Writer) -> Blocks:
    say, study = w.say, w.study
    yield say("results.fork")
    yield w.figure("fork")
    lines = fork_lines(w)
    if lines:
        yield say("results.line")
        yield lines_table(w, lines)
    if study.baseline in lines and "cow-array" in lines:
        array = lines["cow-array"].per_page
        yield say(
            "results.slope_and_table" if "cow-hash" in lines else "results.slope",
            copy=factor(lines[study.baseline].per_page, array),
            table=factor(lines["cow-hash"].per_page, array) if "cow-hash" in lines else None,
        )
    both = [study.time(variant, LARGE) for variant in ("cow-array", "cow-reuse")]
    if both[0] and both[0] == both[1]:
        yield say("results.same_fork")
    yield w.figure("fork_exec")
    for family in ("fork_exit", "fork_exec"):
        yield from family_table(w, family)


def fork_lines(w: Writer) -> dict[str, fit.Fit]:
    every = {variant: fit.fork_cost(result) for variant, result in w.study.results.items()}
    return {variant: line for variant, line in every.items() if line is not None}


def lines_table(w: Writer, lines: dict[str, fit.Fit]) -> str:
    def cost(line: fit.Fit) -> str:
        return w.say("results.cost", fixed=line.fixed, page=number(line.per_page, 2))

    rows = [(f"`{v}`", cost(line), percent(100 * line.relative)) for v, line in lines.items()]
    return w.table("results.lines", rows, "llr")


def family_table(w: Writer, family: str, key: str | None = None, text: str | None = None) -> Blocks:
    """What is measured, and the table; nothing where it was not."""
    if table := w.family(family, key):
        yield w.say(text or f"results.{family}")
        yield table


def writes(w: Writer) -> Blocks:
    say, study = w.say, w.study
    yield say("results.writes")
    yield w.figure("write_fault")
    yield from family_table(w, "write_copy")
    yield from family_table(w, "write_last")
    parts = model.faults(study)
    if parts and parts.question is not None and parts.saved is not None:
        known = parts.pays_from is not None
        pays = say("results.pays", part=percent(parts.pays_from)) if known else ""
        yield say("results.question", question=parts.question, saved=parts.saved, pays=pays)
    yield from family_table(w, "fork_read")
    if cost := study.per_percent("fork_read"):
        if max(cost.values()) - min(cost.values()) < 0.01:
            yield say("results.read_same", cost=number(next(iter(cost.values())), 2))
        else:
            several = [say("words.of", value=number(c, 2), variant=v) for v, c in cost.items()]
            yield say("results.read_differs", costs=say.listed(several, "names"))


def touched(w: Writer) -> Blocks:
    say, study = w.say, w.study
    yield say("results.touched")
    if not study.has("fork_touch"):
        yield say("results.not_touched")
        return
    yield say("results.cycle")
    yield w.figure("fork_touch")
    yield w.family("fork_touch")
    yield say("results.break_evens", base=study.baseline)
    sizes = study.sizes("fork_touch")
    by_size = [dict(points_of(w, pages)) for pages in sizes]
    heads = [say("results.heap", pages=pages) for pages in sizes]
    yield markdown.table(
        [say("words.strategy"), *heads],
        [
            [
                variant,
                *(
                    None
                    if variant not in found
                    else say(f"results.{found[variant].kind}", part=percent(found[variant].percent))
                    for found in by_size
                ),
            ]
            for variant in study.sharing
            if study.baseline in study.results
        ],
    )


def memory(w: Writer) -> Blocks:
    yield w.say("results.memory")
    yield w.figure("memory")
    yield from moments(w)
    if w.study.has("memory"):
        yield from family_table(w, "fork", "metadata_bytes_peak", "results.counts")
        yield w.say("results.sizes_of_counts")
    yield w.figure("metadata")


def moments(w: Writer) -> Blocks:
    """Frames in use over a child's life, for the largest heap."""
    if name := w.study.largest("memory"):
        yield w.say("results.frames", name=name)
        texts = [(key, w.say(f"results.{key}")) for key in MOMENTS]
        yield w.values(w.say("results.moment"), name, texts)


def owners(w: Writer) -> Blocks:
    if not (w.study.has("fork_wide") or w.study.has("fork_deep")):
        return
    yield w.say("results.owners")
    yield from family_table(w, "fork_wide")
    if len(w.study.names("fork_wide")) > 1:
        yield from per_child(w)
    yield from family_table(w, "fork_wide", "frames_peak", "results.peak")
    yield from family_table(w, "fork_deep")
    yield from family_table(w, "fork_deep", "frames_peak", "results.peak")


def per_child(w: Writer) -> Blocks:
    study, names = w.study, w.study.names("fork_wide")
    count = {name: study.parameters(name)["children"] for name in names}

    def each(variant: str, name: str) -> float | None:
        time = study.time(variant, name)
        return time / count[name] if time else None

    yield w.say("results.per_child")
    yield w.by_variant(
        w.say("words.children"),
        [(count[name], partial(each, name=name)) for name in names],
    )
    changes = [
        abs(100 * cost / first - 100)
        for variant in study.variants
        if (first := each(variant, names[0]))
        for name in names
        if (cost := each(variant, name))
    ]
    if changes:
        key = "results.hardly" if max(changes) < 5 else "results.changes"
        yield w.say(key, most=percent(max(changes)))


def programs(w: Writer) -> Blocks:
    names = [name for name in ("exec_only", "shell_pipeline") if w.study.has(name)]
    if names or w.study.has("spawn_small"):
        yield w.say("results.programs")
    if names:
        yield w.operations(w.say("results.instructions"), names)
    yield from family_table(w, "spawn_small")


def snapshot(w: Writer) -> Blocks:
    say, study, base = w.say, w.study, w.study.baseline
    names = study.names("snapshot")
    if not names:
        return
    yield say("results.snapshot")
    yield w.figure("snapshot")
    for name in names:
        texts = [(key, say(f"results.store.{key}")) for key in STORE]
        yield w.values(f"`{name}`", name, texts, whole=say("results.whole"))
    for name in names:
        won = study.best(name)
        winners = won.variants if won else []
        shared = next((v for v in study.sharing if v in winners), next(iter(study.sharing), ""))
        whole = compared(study.time(shared, name), study.time(base, name))
        peak, pause = (
            compared(study.value(shared, name, key), study.value(base, name, key))
            for key in ("frames_peak", "instructions_pause")
        )
        if not (whole and peak and pause):
            continue
        in_vain = whole.value > whole.base and peak.value > 0.9 * peak.base
        yield say(
            "results.snapshot_compared",
            name=name,
            variant=shared,
            base=base,
            pause=beside(w, pause),
            whole=beside(w, whole),
            frames=percent(100 * peak.value / peak.base),
            more=say("results.in_vain") if in_vain else "",
        )


def beside(w: Writer, ratio: Ratio | None) -> str:
    """How a cost stands to that of the baseline; only some languages must say which is the larger."""
    if ratio is None:
        return "–"
    key = "words.less" if ratio.value <= ratio.base else "words.more"
    return w.say(key, ratio=ratio, base=w.study.baseline)


def loads(w: Writer) -> Blocks:
    yield from family_table(w, "prefork")
    yield from family_table(w, "prefork", "frames_per_worker", "results.workers")
    yield from family_table(w, "forkserver")
    yield from family_table(w, "capacity", "children")
    yield from no_room(w)


def no_room(w: Writer) -> Blocks:
    """Children that are killed for want of memory."""
    say, study = w.say, w.study
    if not study.has("capacity"):
        return
    yield from family_table(w, "capacity", "children_killed", "results.killed")
    killed = study.lines("capacity", "children_killed")
    if killed and any(study.value(v, killed[0].name, "children_killed") for v in study.sharing):
        yield say("results.promise")


def phases(w: Writer) -> Blocks:
    say, study = w.say, w.study
    names = study.names("fault_phases")
    if not names:
        return
    yield say("results.phases")
    yield w.figure("phases")
    texts = [(f"instructions_{key}", say.word(parts[0])) for key, parts in PHASES.items()]
    for name in names:
        head = say(f"results.kind.{study.parameters(name)['kind']}")
        yield w.values(head, name, texts, whole=say("words.whole"))
    yield way_in_and_out(w)


def way_in_and_out(w: Writer) -> str:
    """What of a fault is its work."""

    def parts(kind: int) -> tuple[float | None, float | None, float]:
        name = f"fault_phases/kind:{kind}"
        way = [
            w.study.value("cow-reuse", name, f"instructions_{k}") or 0 for k in ("entry", "exit")
        ]
        copied = w.study.value("cow-reuse", name, "instructions_copy")
        return w.study.time("cow-reuse", name), copied, sum(way)

    (whole, copied, way), (last, _, last_way) = parts(1), parts(2)
    if not whole:
        return ""
    part = percent(100 * last_way / last) if last else ""
    more = w.say("results.way_last", whole=last, part=part) if last else ""
    return w.say("results.way", whole=whole, copy=copied, way=way, more=more)
