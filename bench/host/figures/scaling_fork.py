"""Operations per second of all harts together, against the number of harts, with 95 % intervals: to the
left for processes with separate pages, to the right for processes that share them."""

from bench.host.languages import Text
from bench.host.measured import Benchmark
from bench.host.plots.figure import Axis, Curve, Drawing, Panel, Sweep
from bench.host.plots.table import BothClocks, Cell, LeftOut, Table, found

COLUMNS = (
    "variant",
    "sharing",
    "harts",
    "operations_per_second",
    "low",
    "high",
    "oversubscribed",
)
SIDES = (
    Text("harts, separate pages", "hart 数（各进程使用自己的页面）"),
    Text("harts, pages shared by all", "hart 数（所有进程共享页面）"),
)


def scaling(family: str, title: Text, alt: Text, unit: Text, only_faults: bool = False) -> Sweep:
    return Sweep(
        title=title,
        alt=alt.then(
            Text(
                ": throughput against the number of harts, for each strategy, with intervals",
                "：吞吐量与硬件线程数的关系，附区间",
            )
        ),
        table=lambda measured: throughput(measured, family, only_faults),
        x=Axis(SIDES[0], "harts"),
        y=Axis(unit, "operations_per_second", unit=1000),
        draw=draw,
    )


def throughput(measured: BothClocks, family: str, only_faults: bool) -> Table:
    if not measured.wall:
        raise LeftOut(measured.why_no_wall)
    from bench.host.analysis import boot_statistics  # not above: it takes long to import

    by_variant, notes = found(measured.wall, family)
    rows: list[tuple[Cell, ...]] = []
    few = []
    for variant, benchmarks in by_variant.items():
        if only_faults and not any(map(faults, benchmarks)):
            notes.append(f"{variant}: left out, it has no such faults")
            continue
        for b in sorted(benchmarks, key=lambda b: (b.parameters["sharing"], b.parameters["harts"])):
            cost = boot_statistics.estimate(b)
            if cost.low is None or cost.high is None:
                few.append(variant)
            ends: list[Cell] = [1e9 / end if end else "" for end in (cost.high, cost.low)]
            sharing, harts = b.parameters["sharing"], b.parameters["harts"]
            crowded = int(boot_statistics.oversubscribed(b))
            rows.append((variant, sharing, harts, 1e9 / cost.median, *ends, crowded))
    if few:
        names = ", ".join(dict.fromkeys(few))
        notes.append(f"without intervals of {names}: measured in fewer than 5 boots")
    return Table(COLUMNS, rows, notes)


def faults(benchmark: Benchmark) -> bool:
    """Whether its writes are faults; where fork has copied they are plain stores."""
    return any(benchmark.value(key) != 0 for key in ("faults_copy", "faults_reuse"))


def draw(table: Table) -> Drawing:
    rows = table.records()
    last = max(row["harts"] for row in rows)
    top = max(row["high"] or row["operations_per_second"] for row in rows) / 1000
    crowded = min((row["harts"] for row in rows if row["oversubscribed"]), default=None)
    settings = f"""
        set xrange [0.7:{last + 0.3}]
        set yrange [0:{1.05 * top}]
        set xtics nomirror out 1, 1, {last}
    """
    note = Text("bars: 95 % intervals", "误差线：95 % 置信区间")
    if crowded is not None:
        settings += f"""
            set object 1 rectangle from {crowded - 0.5}, graph 0 to {last + 0.3}, graph 1 behind \\
                fillcolor rgb "#eeeeee" fillstyle solid noborder
        """
        gray = Text(
            "gray: oversubscribed, more harts than the host has CPUs",
            "灰色：超额（oversubscribed），hart 数多于计算机的 CPU 数",
        )
        note = note.then(gray, "; ")
    panels = [Panel(curves(table, side), x, settings=settings) for side, x in enumerate(SIDES)]
    return Drawing(panels, note)


def curves(table: Table, side: int) -> list[Curve]:
    made = []
    for place, (variant, rows) in enumerate(table.by_variant(sharing=side)):
        # Curves stand side by side, so that their intervals do not hide each other.
        shift = 0.05 * (place - (len(table.variants) - 1) / 2)
        columns = ("operations_per_second", "low", "high")
        points = [
            (row["harts"] + shift, *(float(row[key] or "nan") / 1000 for key in columns))
            for row in rows
        ]
        made += [
            Curve(variant, points, "intervals"),
            Curve(variant, [point[:2] for point in points]),
        ]
    return made


FIGURE = scaling(
    "smp_fork",
    Text("Throughput of fork, by number of harts", "fork 的吞吐量与硬件线程（hart）数的关系"),
    Text(
        "fork + exit + wait, as many workers as harts",
        "fork + exit + wait，工作进程数等于硬件线程数",
    ),
    Text("thousand forks per second, all harts together", "所有 hart 合计每秒 fork 次数（千次）"),
)
