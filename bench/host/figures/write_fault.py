"""Cost of a write to a page that fork has shared, while it has two owners and when the other is gone."""

from bench.host.languages import Text, same
from bench.host.plots.figure import Bars, Groups
from bench.host.plots.table import Measured, Table, common, found, size_text, time

FAMILIES = {
    "write_copy": Text("the page still has two owners", "页面仍有两个所有者"),
    "write_last": Text("the other owner is gone", "另一个所有者已不存在"),
}


def table(measured: Measured) -> Table:
    by_variant, notes = found(measured, *FAMILIES)
    (pages,) = common(by_variant, "pages")
    rows = [
        (variant, pages, b.family, time(b))
        for variant, benchmarks in by_variant.items()
        for b in sorted(benchmarks, key=lambda b: list(FAMILIES).index(b.family))
        if b.parameters["pages"] == pages
    ]
    return Table(("variant", "pages", "benchmark", "instructions"), rows, notes)


def panels(table: Table) -> list[Groups]:
    rows = table.records()
    size = size_text(rows[0]["pages"])
    return [
        Groups(
            {name: text.then(same(f"({name})"), "\n") for name, text in FAMILIES.items()},
            {(row["variant"], row["benchmark"]): row["instructions"] for row in rows},
            x=Text("in a heap of {size}", "堆大小为 {size}").filled(size=size),
            y=Text("instructions per page", "每页指令数"),
        )
    ]


FIGURE = Bars(
    title=Text("Cost of the first write to a page after fork", "fork 之后首次写入一个页面的开销"),
    alt=Text(
        "Instructions of a write to a shared page, and to a page whose other owner is gone, "
        "for each strategy",
        "各策略写共享页和写另一所有者已退出的页的指令数",
    ),
    table=table,
    panels=panels,
)
