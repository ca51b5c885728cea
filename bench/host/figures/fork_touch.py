"""Fork, writes of the child and its end, against the part of its pages that it writes. Circles mark the
break-even with eager, from which on sharing costs more."""

from itertools import pairwise

from bench.host.analysis import breakeven
from bench.host.languages import Text, same
from bench.host.plots.figure import Axis, Curve, Drawing, Label, Panel, Sweep
from bench.host.plots.table import Cell, Measured, Table, common, found, size_text, time
from bench.host.variants import BASELINE


def table(measured: Measured) -> Table:
    by_variant, notes = found(measured, "fork_touch")
    (pages,) = common(by_variant, "pages")
    rows: list[tuple[Cell, ...]] = []
    for variant, benchmarks in by_variant.items():
        touched = [b for b in benchmarks if b.parameters["pages"] == pages]
        points = sorted((b.parameters["percent"], time(b)) for b in touched)
        rows += [(variant, pages, percent, "measured", cost) for percent, cost in points]
        if variant == BASELINE or BASELINE not in by_variant:
            continue
        even = breakeven.percent(measured[variant], measured[BASELINE], pages)
        if even is not None:
            rows.append((variant, pages, round(even, 2), "break_even", round(at(even, points))))
    if BASELINE not in by_variant:
        notes.append(f"no break-even without results of {BASELINE}")
    return Table(("variant", "pages", "percent", "kind", "instructions"), rows, notes)


def at(x: float, points: list[tuple[int, float]]) -> float:
    """On the straight lines through the points."""
    return next(
        y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        for (x0, y0), (x1, y1) in pairwise(points)
        if x0 <= x <= x1
    )


def draw(table: Table) -> Drawing:
    curves = [Curve(v, FIGURE.points(rows)) for v, rows in table.by_variant(kind="measured")]
    evens = [(v, rows) for v, rows in table.by_variant(kind="break_even") if rows]
    curves += [Curve(variant, FIGURE.points(rows), "circles") for variant, rows in evens]
    # The words are in the corner below the curves, which sharing never reaches.
    words = [same(f"{variant}: {rows[0]['percent']:.1f} %") for variant, rows in reversed(evens)]
    if words:
        words.append(Text("circles: break-even with eager", "圆圈：与 eager 的盈亏平衡点"))
    labels = [
        Label(text, f"graph 0.98, graph {0.06 * line:g} right")
        for line, text in enumerate(words, 1)
    ]
    size = size_text(table.records()[0]["pages"])
    return Drawing([Panel(curves, FIGURE.x.label.filled(size=size), labels)])


FIGURE = Sweep(
    title=Text(
        "Where copy-on-write starts to lose: a child writes part of its pages",
        "写时复制从何处开始吃亏：子进程写入一部分页面",
    ),
    alt=Text(
        "Instructions of a cycle of fork, writes and exit against the part of the pages written, "
        "with the break-even of each strategy",
        "fork、写、退出整个周期的指令数与写入比例的关系，并标出各策略的盈亏平衡点",
    ),
    table=table,
    x=Axis(
        Text(
            "pages that the child writes before it exits, in % of a heap of {size}",
            "子进程退出前写入的页面占整个堆的 %（堆大小 {size}）",
        ),
        "percent",
    ),
    y=Axis(
        Text(
            "million instructions, from fork until wait returns",
            "从 fork 到 wait 返回的指令数（百万条）",
        ),
        "instructions",
        unit=1e6,
    ),
    settings="""
        set yrange [0:]
        set xrange [-2:102]
        set xtics 10
    """,
    draw=draw,
)
