"""Memory that a fork and the child's writes take, and reference counts at their peak."""

from bench.host.languages import NOTHING, Text
from bench.host.plots.figure import Bars, Groups
from bench.host.plots.table import Measured, Table, common, found, size_text, value
from bench.host.variants import BASELINE

MOMENTS = {
    "frames_after_0": Text("after fork", "fork 之后"),
    "frames_after_10": Text("10 % written", "写入 10 %"),
    "frames_after_50": Text("50 % written", "写入 50 %"),
    "frames_after_100": Text("all written", "全部写入"),
}
COUNTS = "metadata_bytes_peak"


def table(measured: Measured) -> Table:
    by_variant, notes = found(measured, "memory")
    (pages,) = common(by_variant, "pages")
    rows = [
        (variant, pages, key, value(b, key))
        for variant, benchmarks in by_variant.items()
        for b in benchmarks
        if b.parameters["pages"] == pages
        for key in (*MOMENTS, COUNTS)
    ]
    return Table(("variant", "pages", "quantity", "value"), rows, notes)


def panels(table: Table) -> list[Groups]:
    rows = table.records()
    values = {(row["variant"], row["quantity"]): row["value"] for row in rows}
    heap = Text(
        "heap of {size}, of which the child writes a part", "堆大小为 {size}，子进程写入其中一部分"
    ).filled(size=size_text(rows[0]["pages"]))
    eager = Text("eager copies the pages of the program text too", "eager 还会复制程序代码段的页面")
    return [
        Groups(
            MOMENTS,
            {key: frames / 256 for key, frames in values.items() if key[1] != COUNTS},
            x=heap.then(eager if BASELINE in table.variants else NOTHING, "\n"),
            y=Text("memory in use beyond that before the fork (MiB)", "比 fork 之前多占用的内存（MiB）"),
            upright=True,
            width=3,
        ),
        Groups(
            {COUNTS: NOTHING},
            {key: size / 1024 for key, size in values.items() if key[1] == COUNTS},
            x=Text("reference counts", "引用计数"),
            y=Text("at their peak (KiB)", "峰值（KiB）"),
            upright=True,
        ),
    ]


FIGURE = Bars(
    title=Text("Memory that a fork and the child's writes take", "fork 以及子进程写入所占用的内存"),
    alt=Text(
        "Frames in use after fork and after the child's writes, for each strategy",
        "各策略在 fork 之后和子进程写之后占用的页帧数",
    ),
    table=table,
    panels=panels,
)
