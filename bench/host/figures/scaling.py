"""Throughput of several harts beside that of one, by the number of harts. A variant whose writes are no faults
is not in that panel."""

from bench.host.analysis.scaling import FAMILIES, of_all, speedup
from bench.host.languages import Text
from bench.host.plots.figure import Axis, Curve, Drawing, Panel, Sweep
from bench.host.plots.table import Cell, Measured, Table, Unmeasured

WORK = {
    "smp_fork": Text("harts that fork", "fork 的硬件线程数"),
    "smp_fault": Text("harts with faults that copy", "复制缺页的硬件线程数"),
    "smp_exit": Text("harts with exits", "exit 的硬件线程数"),
}


def table(measured: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for family in FAMILIES:
        for variant, several in of_all(measured, family).items():
            for each in several:
                times, cycles = speedup(several, each), each.time()
                if times and cycles:
                    harts = each.parameters["harts"]
                    rows.append((variant, family, harts, 1e6 / cycles, times))
    if not rows:
        raise Unmeasured("no results of " + ", ".join(FAMILIES))
    return Table(("variant", "family", "harts", "per_million_cycles", "speedup"), rows)


def draw(table: Table) -> Drawing:
    most = max(row["harts"] for row in table.records())
    settings = f"""
        set xrange [0.5:{most + 0.5}]
        set yrange [0:{most + 0.5}]
        set xtics nomirror out (1, 2, 4, 8)
        set ytics nomirror out (1, 2, 4, 8)
        set arrow 1 from 1, 1 to {most}, {most} nohead back linecolor rgb "#999999" linewidth 1
    """
    panels = []
    for family, words in WORK.items():
        curves = [
            Curve(variant, [(row["harts"], row["speedup"]) for row in rows])
            for variant, rows in table.by_variant(family=family)
            if rows
        ]
        if curves:
            panels.append(Panel(curves, words, settings=settings))
    return Drawing(panels, Text("gray: as many times as harts", "灰线：倍数等于硬件线程数"))


FIGURE = Sweep(
    title=Text("Throughput of several harts", "多个硬件线程（hart）的吞吐量"),
    alt=Text(
        "Throughput of forks, faults that copy and exits on several harts beside one hart, for each strategy",
        "各策略在多个硬件线程上 fork、复制缺页和 exit 的吞吐量与单个硬件线程之比",
    ),
    table=table,
    x=Axis(WORK["smp_fork"], "harts"),
    y=Axis(Text("times the throughput of one hart", "单个硬件线程吞吐量的倍数"), "speedup"),
    draw=draw,
)
