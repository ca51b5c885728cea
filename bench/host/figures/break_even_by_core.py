"""The break-even of writing, by instructions and by the estimated cycles of each core."""

from bench.host.analysis import breakeven, cost
from bench.host.languages import Text, same
from bench.host.plots.figure import Bars, Groups
from bench.host.plots.table import LeftOut, Measured, Table
from bench.host.variants import BASELINE

INSTRUCTIONS = "instructions"
NEVER = 100.0  # percent: whatever the child writes


def table(measured: Measured) -> Table:
    stored = measured
    if BASELINE not in stored:
        raise LeftOut(f"no results of {BASELINE}")
    estimated = {core.name: view for core, view in cost.views(stored).items()}
    if not estimated:
        raise LeftOut("no events of the probe: make bench PROBE=1")
    views = {INSTRUCTIONS: stored} | estimated
    rows = [
        (variant, basis, point.percent if point.percent is not None else NEVER)
        for variant in stored
        if variant != BASELINE
        for basis, results in views.items()
        if (point := breakeven.find(results[variant], results[BASELINE])) is not None
        and point.kind in ("above", "never")
    ]
    if not rows:
        raise LeftOut("no break-even in these results")
    bases = {basis for _, basis, _ in rows}
    complete = {v for v in stored if bases <= {basis for name, basis, _ in rows if name == v}}
    rows = [row for row in rows if row[0] in complete]
    return Table(("variant", "by", "percent"), rows)


def panels(table: Table) -> list[Groups]:
    rows = table.records()
    words = {INSTRUCTIONS: Text("by instructions", "按指令数")}
    for basis in dict.fromkeys(row["by"] for row in rows):
        words.setdefault(basis, same(basis))
    return [
        Groups(
            words,
            {(row["variant"], row["by"]): row["percent"] for row in rows},
            x=Text(
                "by the estimated cycles of a core (100: sharing never costs more)",
                "按各处理器核的估计周期数（100：共享从不更贵）",
            ),
            y=Text("break-even: % of pages written", "盈亏平衡点：写入页面的百分比"),
        )
    ]


FIGURE = Bars(
    title=Text("Writes from which on sharing costs more than copying", "写入达到多少时共享比复制更贵"),
    alt=Text(
        "The break-even of writing by instructions and by estimated cycles of each core",
        "按指令数和各处理器核估计周期数计算的写入盈亏平衡点",
    ),
    table=table,
    panels=panels,
)
