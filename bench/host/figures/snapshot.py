"""Memory in use while a saver reads a store and the parent updates it: a curve for each number of updates."""

from bench.host.languages import Text
from bench.host.plots.figure import Axis, Curve, Drawing, Label, Panel, Sweep
from bench.host.plots.table import Measured, Table, common, found, size_text, value

MOMENTS = 10  # of a snapshot, evenly spread over its updates
WORDS_AT = 90  # percent


def table(measured: Measured) -> Table:
    by_variant, notes = found(measured, "snapshot")
    (pages,) = common(by_variant, "pages")
    rows = [
        (variant, pages, b.parameters["updates"], 100 * i // MOMENTS, value(b, f"frames_{i - 1}"))
        for variant, benchmarks in by_variant.items()
        for b in sorted(benchmarks, key=lambda b: b.parameters["updates"])
        if b.parameters["pages"] == pages
        for i in range(1, MOMENTS + 1)
    ]
    return Table(("variant", "pages", "updates", "percent", "frames"), rows, notes)


def draw(table: Table) -> Drawing:
    curves, labels = [], []
    for updates in dict.fromkeys(row["updates"] for row in table.records()):
        for variant, rows in table.by_variant(updates=updates):
            curves.append(Curve(variant, FIGURE.points(rows)))
        # The curves of the last variant have words.
        labels += [
            Label(
                Text("{n:,} updates", "{n:,} 次更新").filled(n=updates),
                f"{WORDS_AT}, {row['frames'] / FIGURE.y.unit:g} center offset 0, -1.2",
            )
            for row in rows
            if row["percent"] == WORDS_AT
        ]
    note = Text("the store has {size}", "数据库大小为 {size}")
    size = size_text(table.records()[0]["pages"])
    return Drawing([Panel(curves, labels=labels)], note.filled(size=size))


FIGURE = Sweep(
    title=Text(
        "Memory in use while a store in memory saves a snapshot of itself",
        "内存数据库保存快照期间占用的内存",
    ),
    alt=Text(
        "Frames in use over time while a snapshot is taken, for each strategy",
        "各策略在快照过程中占用的页帧数随时间的变化",
    ),
    table=table,
    x=Axis(
        Text(
            "progress: % of the updates that the parent makes until the saver is done",
            "进度：保存完成之前父进程已完成的更新（%）",
        ),
        "percent",
    ),
    y=Axis(
        Text("memory in use beyond that before the fork (MiB)", "比 fork 之前多占用的内存（MiB）"),
        "frames",
        unit=256,
    ),
    settings="""
        set yrange [0:]
        set xrange [8:102]
        set xtics 10
    """,
    draw=draw,
)
