"""Estimated cycles of a load by the size of what is loaded from, on each core, beside what its file says."""

from bench.host.analysis import cost
from bench.host.analysis.latency import cycles_per_load, plateaus
from bench.host.cores import Core, load, names
from bench.host.languages import Text
from bench.host.measured import Benchmark
from bench.host.plots.figure import Axis, Curve, Drawing, Panel, Sweep
from bench.host.plots.table import LeftOut, Measured, Table, found

PAGE = 4096


def table(measured: Measured) -> Table:
    """Of one strategy, since none takes part: the first that has the events."""
    benchmarks, _ = found(measured, "latency")
    for variant, several in benchmarks.items():
        rows = [
            (core.name, (each.pages or 0) * PAGE, cycles(each, core, simulated), level(core, each))
            for core in map(load, names())
            if (simulated := cost.simulated_as(measured[variant], core))
            for each in sorted(several, key=lambda each: each.pages or 0)
            if all(sample.events for sample in each.samples)
        ]
        if rows:
            return Table(("variant", "bytes", "cycles", "plateau"), rows)
    raise LeftOut("no events of the probe: make bench PROBE=1")


def cycles(each: Benchmark, core: Core, simulated: str) -> float:
    found = sorted(cycles_per_load(cost.events(sample, simulated), core) for sample in each.samples)
    return found[(len(found) - 1) // 2]


def level(core: Core, each: Benchmark) -> float:
    size = (each.pages or 0) * PAGE
    return next(cycles for up_to, cycles in plateaus(core) if size <= up_to)


def draw(table: Table) -> Drawing:
    curves = []
    for core, rows in table.by_variant():
        curves.append(Curve(core, [(row["bytes"] / 1024, row["cycles"]) for row in rows]))
        curves.append(Curve(core, [(row["bytes"] / 1024, row["plateau"]) for row in rows], "lines"))
    note = Text(
        "lines without points: what the core's file says if all that is larger always misses",
        "无点的线：若更大的部分总是缺失，处理器核文件给出的值",
    )
    return Drawing([Panel(curves)], note)


FIGURE = Sweep(
    title=Text(
        "A load from a working set of this size, in a random order",
        "以随机次序读取这样大小的工作集时，一次读取的开销",
    ),
    alt=Text(
        "Estimated cycles of a load by the size of the working set, for each core",
        "各处理器核上一次读取的估计周期数与工作集大小的关系",
    ),
    table=table,
    x=Axis(Text("working set (KiB, logarithmic)", "工作集（KiB，对数刻度）"), "bytes", unit=1024),
    y=Axis(Text("estimated cycles per load (logarithmic)", "每次读取的估计周期数（对数刻度）"), "cycles"),
    settings="""
        set logscale x 2
        set logscale y
    """,
    draw=draw,
)
