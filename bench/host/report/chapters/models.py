"""What the cost models predict, beside what was measured."""

from __future__ import annotations

from bench.host.analysis import model
from bench.host.analysis.study import Study
from bench.host.report.values import signed_percent
from bench.host.report.writer import Blocks, Predicted, Writer
from bench.host.text import number

LARGE_ERROR = 5  # percent


def models(w: Writer) -> Blocks:
    yield w.say("models")
    yield from fork(w)
    yield from faults(w)
    sharing = w.study.sharing
    evens = w.predicted(model.break_evens, sharing)
    yield from section(w, "break_even", evens, "models.break_even_heads")
    if evens:
        yield w.say("models.left_out")
    yield from section(w, "cycle", cycles := w.predicted(model.cycles, sharing))
    if cycles:
        yield w.say("models.missing", exits=exits(w))
    yield from memory(w)
    yield from section(w, "capacity", w.predicted(model.capacity))
    if w.study.has("snapshot") or w.study.has("prefork"):
        yield w.say("models.loads")
        copies = [name for name in ["cow-reuse"] if name in w.study.variants]
        yield from section(w, "copies", w.predicted(model.snapshots, copies))
        yield from section(w, "updates", w.predicted(model.updates, sharing))
        yield from section(w, "requests", w.predicted(model.requests, sharing))


def section(w: Writer, key: str, rows: Predicted, heads: str = "words.predictions") -> Blocks:
    if rows:
        yield w.say(f"models.{key}")
        yield w.predictions(rows, heads)


def fork_models(study: Study) -> dict[str, model.ForkModel]:
    every = {variant: model.fork(study, variant) for variant in study.variants}
    return {variant: made for variant, made in every.items() if made is not None}


def fork_predictions(made: dict[str, model.ForkModel]) -> Predicted:
    return [(variant, row) for variant, each in made.items() for row in each.predictions]


def fork(w: Writer) -> Blocks:
    say, study = w.say, w.study
    made = fork_models(study)
    if not made:
        yield say("models.no_fork")
        return
    sizes = next(iter(made.values())).taken_from
    yield say("models.fork", sizes=say.listed(sizes, "names"))
    parts = [(v, m.fixed, m.per_table, number(m.per_page, 2)) for v, m in made.items()]
    yield w.table("models.parts", parts)
    yield say("models.larger")
    yield w.predictions(fork_predictions(made))
    for variant, each in made.items():
        if worst := each.worst():
            yield say("models.of", variant=variant, words=error(w, variant, worst.error))
    for variant in made:
        found = model.shuffled(study, variant)
        if found and found.error is not None and abs(found.error) > LARGE_ERROR:
            yield say(
                "models.shuffled",
                variant=variant,
                name=found.what,
                predicted=found.predicted,
                measured=found.measured,
                error=signed_percent(found.error),
            )


def error(w: Writer, variant: str, worst: float | None) -> str:
    if not worst:
        return w.say("models.complete")
    if not w.study.shares(variant):
        why = w.say("models.batches")
    else:
        why = w.say("models.slots") if w.study.store(variant) == "table" else ""
    return w.say("models.error", error=signed_percent(worst), why=why)


def faults(w: Writer) -> Blocks:
    parts = model.faults(w.study)
    if not parts:
        return
    yield w.say("models.faults", pages=parts.pages)
    names = ("question", "giving_back", "counting", "saved")
    costs = [(name, getattr(parts, name)) for name in names]
    rows = [
        [*w.say(f"models.{name}").split(" | "), number(cost, 2)]
        for name, cost in costs
        if cost is not None
    ]
    yield w.table("models.fault_heads", rows, "llr")
    if copy := model.copy(w.study):
        off = signed_percent(copy.error)
        yield w.say("models.copy", model=model.COPY, measured=copy.measured, error=off)


def exits(w: Writer) -> str:
    costs = {v: model.exit_per_page(w.study, v) for v in [w.study.baseline, *w.study.sharing]}
    base = costs.pop(w.study.baseline)
    if not base:
        return ""
    others = [w.say("words.of", value=cost, variant=v) for v, cost in costs.items() if cost]
    return w.say(
        "models.exits", base=w.study.baseline, cost=base, others=w.say.listed(others, "names")
    )


def memory(w: Writer) -> Blocks:
    say, study = w.say, w.study
    frames = w.predicted(model.memory)
    if not frames:
        return
    inexact = [(variant, row) for variant, row in frames if row.difference]
    yield say("models.memory")
    yield say(
        "models.some_exact" if inexact else "models.all_exact",
        exact=len(frames) - len(inexact),
        all=len(frames),
    )
    if inexact:
        yield w.predictions(inexact, "models.value_heads")
    for variant in study.variants:
        store = study.store(variant)
        if rows := w.predicted(model.metadata, [variant]):
            yield say(f"models.bytes_of_{store}", variant=variant)
            yield w.predictions(rows)
