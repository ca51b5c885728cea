"""What the instructions of all harts do, with the most harts that were measured: work, and waiting for locks."""

from bench.host.analysis import scaling
from bench.host.languages import Text
from bench.host.plots.figure import Bars, Stack
from bench.host.plots.table import Cell, Measured, Table, Unmeasured

PARTS = {
    scaling.WORK: (Text("work", "工作"), "#56b4e9", ""),
    scaling.COUNTS: (Text("waiting for the lock of the counts", "等待计数锁"), "#d55e00", "xx"),
    scaling.OTHERS: (Text("waiting for other locks", "等待其他锁"), "#333333", ""),
}
TITLES = {
    "smp_fork": Text("fork, exit, wait: {harts} harts", "fork、exit、wait：{harts} 个硬件线程"),
    "smp_fault": Text("faults that copy: {harts} harts", "复制缺页：{harts} 个硬件线程"),
    "smp_exit": Text("exits of one parent's children: {harts} harts", "同一父进程的子进程退出：{harts} 个硬件线程"),
}


def table(measured: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for family in scaling.FAMILIES:
        for variant, several in scaling.of_all(measured, family).items():
            parts = scaling.instructions(several[-1])
            harts = several[-1].parameters["harts"]
            for part, number in parts.items():
                share = 100 * number / sum(parts.values())
                rows.append((variant, family, harts, part, number, share))
    if not rows:
        raise Unmeasured("no results of " + ", ".join(scaling.FAMILIES))
    return Table(("variant", "family", "harts", "part", "instructions", "percent"), rows)


def panels(table: Table) -> list[Stack]:
    return of_each_family(table, "percent", PARTS, X)


def of_each_family(
    table: Table, column: str, parts: dict[str, tuple[Text, str, str]], x: Text
) -> list[Stack]:
    """A panel for each family that was measured: this column of the table, divided into its parts."""
    found = []
    for family, title in TITLES.items():
        rows = {variant: several for variant, several in table.by_variant(family=family) if several}
        values = {v: {row["part"]: row[column] for row in several} for v, several in rows.items()}
        if values:
            harts = max(row["harts"] for several in rows.values() for row in several)
            found.append(Stack(title.filled(harts=str(harts)), values, parts, x))
    return found


X = Text("% of the instructions of all harts", "占所有硬件线程指令数的百分比")
FIGURE = Bars(
    title=Text("What several harts do", "多个硬件线程在做什么"),
    alt=Text(
        "Work and waiting for locks with several harts, for each strategy",
        "各策略在多个硬件线程上的工作与等待锁的指令数",
    ),
    table=table,
    panels=panels,
    height=1.3,
)
