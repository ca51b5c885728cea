"""A fork and both kinds of write fault, divided into phases. A panel has its own scale where others would
dwarf it."""

from dataclasses import replace

from bench.host.languages import Text
from bench.host.plots.figure import Bars, Stack
from bench.host.plots.table import LeftOut, Measured, Table, found, value

# From the bottom up, with colors and hatches. Neighbors differ in brightness too.
PHASES = {
    "entry": (Text("entry", "陷入"), "#333333", ""),
    "lookup": (Text("lookup", "查找"), "#f0e442", ""),
    "allocate": (Text("allocate", "分配"), "#0072b2", "///"),
    "copy": (Text("copy", "复制"), "#56b4e9", ""),
    "count": (Text("count", "计数"), "#d55e00", "xx"),
    "map": (Text("map", "映射"), "#eeeeee", ".."),
    "flush": (Text("flush", "刷新 TLB"), "#009e73", "---"),
    "exit": (Text("exit", "返回"), "#cc79a7", "\\\\\\"),
    "other": (Text("other", "其他"), "#ffffff", ""),
}
# By their numbers.
KINDS = {
    "fork": Text("fork of a process of {size}", "{size} 的进程的 fork"),
    "copy": Text("write fault that copies", "需要复制的写缺页"),
    "last": Text("write fault by the last owner", "最后所有者的写缺页"),
}
DWARFED = 10  # times smaller


def table(measured: Measured) -> Table:
    by_variant, notes = found(measured, "fault_phases")
    rows = []
    for variant, benchmarks in by_variant.items():
        for b in sorted(benchmarks, key=lambda b: b.parameters["kind"]):
            if b.value("instructions_entry") is None:
                raise LeftOut(
                    f"{variant} was measured without the probe, which tells phases: make bench PROBE=1"
                )
            kind = list(KINDS)[b.parameters["kind"]]
            pages = value(b, "resident_pages") if kind == "fork" else 1
            rows += [
                (variant, kind, pages, phase, value(b, f"instructions_{phase}")) for phase in PHASES
            ]
    return Table(("variant", "kind", "pages", "phase", "instructions"), rows, notes)


def panels(table: Table) -> list[Stack]:
    """One for each kind, and for variants that are many times larger."""
    found, faulting = [], set()
    for kind, title in KINDS.items():
        rows = {variant: several for variant, several in table.by_variant(kind=kind) if several}
        values = {v: {r["phase"]: r["instructions"] for r in rows[v]} for v in rows}
        # A variant without such a fault has all of its time outside of the kernel.
        faults = {v: parts for v, parts in values.items() if sum(parts.values()) > parts["other"]}
        faulting |= set() if kind == "fork" else set(faults)
        sizes = [row["pages"] for several in rows.values() for row in several]
        words = title.filled(size=f"{int(max(sizes, default=0)) / 256:.1f} MiB")
        found += [Stack(words, group, PHASES) for group in of_one_scale(faults)]
    note = Text("instructions (each panel has its own scale)", "指令数（各图刻度不同）")
    none = [variant for variant in table.variants if variant not in faulting]
    if none:
        without = Text("no such faults: {names}", "没有此类缺页：{names}")
        note = note.then(without.filled(names=", ".join(none)), "\n")
    return [*found[:-1], replace(found[-1], x=note)]


def of_one_scale(values: dict[str, dict[str, float]]) -> list[dict[str, dict[str, float]]]:
    """Variants in groups, so that none is dwarfed by another of its group."""
    groups: list[dict[str, dict[str, float]]] = []
    for variant, parts in values.items():
        size = sum(parts.values())
        for group in groups:
            first = sum(next(iter(group.values())).values())
            if first / DWARFED < size < first * DWARFED:
                group[variant] = parts
                break
        else:
            groups.append({variant: parts})
    return groups


FIGURE = Bars(
    title=Text("Phases of a fork and of a write fault", "一次 fork 和一次写缺页的各个阶段"),
    alt=Text(
        "Phases of a fork and of write faults, for each strategy",
        "各策略 fork 和写缺页的各个阶段",
    ),
    table=table,
    panels=panels,
    height=1.5,
)
