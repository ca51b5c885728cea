"""What the estimated cycles of a copying fault and of a fork are made of, on each core."""

from bench.host.analysis import cost
from bench.host.cores import PARTS, load, names
from bench.host.figures.phases import of_one_scale
from bench.host.languages import Text
from bench.host.plots.figure import Bars, Stack
from bench.host.plots.table import LeftOut, Measured, Table

# From the left, with colors and hatches.
LOOKS = {
    "instructions": (Text("instructions", "指令"), "#333333", ""),
    "l1": (Text("L1 misses", "L1 缺失"), "#56b4e9", ""),
    "l2": (Text("L2 misses", "L2 缺失"), "#0072b2", "///"),
    "tlb": (Text("TLB misses", "TLB 缺失"), "#009e73", "---"),
    "branches": (Text("mispredicts", "分支预测错误"), "#f0e442", ""),
    "traps": (Text("traps", "陷入"), "#d55e00", "xx"),
    "other": (Text("other", "其他"), "#ffffff", ""),
}
assert tuple(LOOKS) == PARTS
BENCHMARKS = {
    "write_copy/pages:4096": Text("a write fault that copies", "需要复制的写缺页"),
    "fork/pages:4096": Text("fork of a process of 16 MiB", "16 MiB 进程的 fork"),
}


def table(measured: Measured) -> Table:
    rows = [
        (variant, core.name, name, part, cycles)
        for name in BENCHMARKS
        for variant, results in measured.items()
        for core in map(load, names())
        if (simulated := cost.simulated_as(results, core)) and name in results.benchmarks
        for part, cycles in cost.stack(results.benchmarks[name], core, simulated).items()
        if not name.startswith("write") or results.value(name, "faults_copy")
    ]
    if not rows:
        raise LeftOut("no events of the probe: make bench PROBE=1")
    return Table(("variant", "core", "benchmark", "part", "cycles"), rows)


def panels(table: Table) -> list[Stack]:
    found = []
    for name, title in BENCHMARKS.items():
        values: dict[str, dict[str, float]] = {}
        for row in table.records():
            if row["benchmark"] == name:
                bar = values.setdefault(f"{row['core']}, {row['variant']}", {})
                bar[row["part"]] = row["cycles"]
        values = dict(sorted(values.items(), key=lambda item: item[0].partition(",")[0]))
        found += [Stack(title, group, LOOKS) for group in of_one_scale(values)]
    note = Text("estimated cycles (each panel has its own scale)", "估计周期数（各图刻度不同）")
    return [*found[:-1], Stack(found[-1].title, found[-1].values, LOOKS, note)]


FIGURE = Bars(
    title=Text("Estimated cycles of a write fault and of a fork", "写缺页和 fork 的估计周期数"),
    alt=Text(
        "Estimated cycles of a copying write fault and of a fork by core and strategy, in parts",
        "各处理器核、各策略的写缺页和 fork 的估计周期数及其组成",
    ),
    table=table,
    panels=panels,
    height=2.0,
)
