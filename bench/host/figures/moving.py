"""Lines of cache that move from hart to hart, with the most harts that were measured."""

from bench.host.analysis import scaling
from bench.host.figures.waiting import of_each_family
from bench.host.languages import Text
from bench.host.plots.figure import Bars, Stack
from bench.host.plots.table import Cell, Measured, Table, Unmeasured

PARTS = {
    "counts": (Text("counts and their lock", "计数及其锁"), "#d55e00", "xx"),
    "tables": (Text("page tables", "页表"), "#009e73", "---"),
    "contents": (Text("contents of pages", "页的内容"), "#56b4e9", ""),
    "frames": (Text("free frames", "空闲页帧"), "#0072b2", "///"),
    "programs": (Text("programs", "程序"), "#f0e442", ""),
    "kernel": (Text("the rest of the kernel", "内核其余部分"), "#eeeeee", ".."),
}


def table(measured: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for family in scaling.FAMILIES:
        for variant, several in scaling.of_all(measured, family).items():
            harts = several[-1].parameters["harts"]
            for part, lines in scaling.moved(several[-1]).items():
                rows.append((variant, family, harts, part, lines))
    if not rows:
        raise Unmeasured("no results of " + ", ".join(scaling.FAMILIES))
    return Table(("variant", "family", "harts", "part", "lines"), rows)


def panels(table: Table) -> list[Stack]:
    return of_each_family(table, "lines", PARTS, X)


X = Text("lines of 64 bytes that move, per operation", "每次操作移动的 64 字节缓存行数")
FIGURE = Bars(
    title=Text("What moves between harts", "在硬件线程之间移动的数据"),
    alt=Text(
        "Lines of cache that move between harts, by whose data they are, for each strategy",
        "各策略在硬件线程之间移动的缓存行数，按数据归属区分",
    ),
    table=table,
    panels=panels,
    height=1.3,
)
