"""Cost against the size of the process, both axes logarithmic. Marks are measured; from one to the next
the cost grows in proportion to the pages, which is no straight line on these axes."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bench.host.languages import NOTHING, Text
from bench.host.plots.figure import Axis, Curve, Drawing, Panel, Sweep
from bench.host.plots.table import Measured, Table, found, time, value
from bench.host.variants import BASELINE

STEPS = 40  # from one size to the next


def by_size(family: str, title: Text, alt: Text, cost: Text) -> Sweep:
    def table(measured: Measured) -> Table:
        by_variant, notes = found(measured, family)
        rows = [
            (variant, b.parameters["pages"], value(b, "resident_pages"), time(b))
            for variant, benchmarks in by_variant.items()
            for b in sorted(benchmarks, key=lambda b: b.parameters["pages"])
        ]
        return Table(("variant", "pages", "resident_pages", "instructions"), rows, notes)

    figure = Sweep(
        title=title,
        alt=alt,
        table=table,
        x=Axis(
            Text(
                "resident size of the parent when it forks (logarithmic)",
                "父进程 fork 时的驻留内存（对数刻度）",
            ),
            "resident_pages",
        ),
        y=Axis(cost, "instructions"),
        settings="""
            set logscale xy
            set xtics ("16 KiB" 4, "64 KiB" 16, "256 KiB" 64, "1 MiB" 256, "4 MiB" 1024, \
                "16 MiB" 4096, "64 MiB" 16384, "256 MiB" 65536, "1 GiB" 262144)
            set format y "%.0s %c"
            set autoscale fix
            set offsets graph 0.04, graph 0.04, graph 0.04, graph 0.04
        """,
        draw=lambda table: Drawing([Panel(list(curves(table)))], note(table)),
    )

    def curves(table: Table) -> Iterator[Curve]:
        measured = [(variant, figure.points(rows)) for variant, rows in table.by_variant()]
        yield from (Curve(variant, list(between(points)), "lines") for variant, points in measured)
        yield from (Curve(variant, points, "points") for variant, points in measured)

    return figure


def between(points: Sequence[tuple[float, ...]]) -> Iterator[tuple[float, float]]:
    for (x0, y0), (x1, y1) in pairwise(points):
        for step in range(STEPS + 1):
            x = x0 * (x1 / x0) ** (step / STEPS)
            yield x, y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def note(table: Table) -> Text:
    if BASELINE not in table.variants:
        return NOTHING
    return Text("eager copies the pages of the program text too", "eager 还会复制程序代码段的页面")


FIGURE = by_size(
    "fork",
    Text("Cost of fork, by size of the process", "fork 的开销与进程大小的关系"),
    Text(
        "Instructions of a fork against the resident size of the parent, for each strategy",
        "各策略 fork 的指令数与父进程驻留内存大小的关系",
    ),
    Text("instructions until fork returns (logarithmic)", "到 fork 返回为止的指令数（对数刻度）"),
)
