"""Bytes that hold reference counts against the memory of the machine. Marks are measured, lines computed
from the formulas of the variants."""

from collections.abc import Callable

from bench.host.analysis.model import PAGE_BYTES, table_frames
from bench.host.languages import Text
from bench.host.plots.figure import Axis, Curve, Drawing, Label, Panel, Sweep
from bench.host.plots.table import Cell, LeftOut, Measured, Table, found, size_text, value


def array_bytes(mebibytes: float, shared: float) -> float:
    """The cost model of an array: 4 bytes for each frame of memory."""
    return 4 * mebibytes * 2**20 / PAGE_BYTES


def hash_bytes(mebibytes: float, shared: float) -> float:
    """The cost model of the hash table, which is for shared frames only."""
    return PAGE_BYTES * table_frames(shared)


# Bytes by memory of the machine in MiB and number of shared frames, as the pages of the variants give
# them.
MODELS: dict[str, Callable[[float, float], float]] = {
    "eager": lambda mebibytes, shared: 0,
    "cow-array": array_bytes,
    "cow-reuse": array_bytes,
    "cow-hash": hash_bytes,
}


def table(measured: Measured) -> Table:
    by_variant, notes = found(measured, "metadata")
    rows: list[tuple[Cell, ...]] = []
    for variant, benchmarks in by_variant.items():
        model = MODELS.get(variant)
        points = sorted((b.parameters["pages"], b.parameters["memory"], b) for b in benchmarks)
        if model is not None:
            rows += [
                (variant, pages, mebibytes, "computed", model(mebibytes, value(b, "pages_shared")))
                for pages, mebibytes, b in points
            ]
        else:
            notes.append(f"{variant}: measured only, there is no formula for it")
        rows += [
            (variant, pages, mebibytes, "measured", value(b, "metadata_bytes"))
            for pages, mebibytes, b in points
        ]
    if not any(row[-1] for row in rows):
        raise LeftOut(f"{', '.join(by_variant)} keeps no reference counts")
    return Table(("variant", "pages", "memory_mib", "kind", "metadata_bytes"), rows, notes)


def draw(table: Table) -> Drawing:
    zeros = [v for v, rows in table.by_variant() if not any(r["metadata_bytes"] for r in rows)]
    marks, lines, labels = [], [], []
    if zeros:  # which a logarithmic axis cannot show
        text = Text("{names}: 0 KiB", "{names}：0 KiB").filled(names=", ".join(zeros))
        labels.append(Label(text, "graph 0.02, graph 0.94"))
    for variant, rows in table.by_variant():
        if variant in zeros:
            continue
        measured = [row for row in rows if row["kind"] == "measured"]
        marks.append(Curve(variant, FIGURE.points(measured), "points"))
        heaps = {
            pages: [r for r in rows if r["pages"] == pages and r["kind"] == "computed"]
            for pages in dict.fromkeys(row["pages"] for row in rows)
        }
        lines += [Curve(variant, FIGURE.points(line), "lines") for line in heaps.values() if line]
        ends = {pages: FIGURE.points(line)[-1] for pages, line in heaps.items() if line}
        if len({y for _, y in ends.values()}) > 1:  # a line that depends on the heap has words
            shared = Text("{size} shared", "共享 {size}")
            labels += [
                Label(shared.filled(size=size_text(p)), f"{x:g}, {y:g} right offset 0.5, 0.9")
                for p, (x, y) in ends.items()
            ]
    note = Text(
        "lines: computed from the cost model; marks: measured, all of a heap shared",
        "线：由开销模型算出；标记：实测值（整个堆被共享）",
    )
    return Drawing([Panel(marks + lines, labels=labels)], note)


FIGURE = Sweep(
    title=Text("Memory for reference counts, by memory of the machine", "引用计数占用的内存与机器内存的关系"),
    alt=Text(
        "Bytes of reference counts against the memory of the machine, computed and measured",
        "引用计数的字节数与机器内存大小的关系，计算值和测量值",
    ),
    table=table,
    x=Axis(Text("memory of the machine (logarithmic)", "机器内存（对数刻度）"), "memory_mib"),
    y=Axis(
        Text("memory for reference counts (logarithmic)", "引用计数占用的内存（对数刻度）"),
        "metadata_bytes",
        unit=1024,
    ),
    settings="""
        set logscale xy 2
        set xtics ("64 MiB" 64, "128 MiB" 128, "256 MiB" 256, "512 MiB" 512, "1 GiB" 1024, \
            "2 GiB" 2048, "4 GiB" 4096)
        set ytics ("4 KiB" 4, "16 KiB" 16, "64 KiB" 64, "256 KiB" 256, "1 MiB" 1024, \
            "4 MiB" 4096, "16 MiB" 16384)
        set autoscale fix
        set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06
    """,
    draw=draw,
)
