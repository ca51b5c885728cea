"""Comparisons on a terminal, as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rich.console import Console
from rich.table import Table

from bench.host.analysis.comparison import Comparison, Row
from bench.host.display import comparison_words as words
from bench.host.display.markdown import table as _markdown
from bench.host.display.terminal import UNLIMITED, needed_width, new_table, verbatim_console
from bench.host.measured import Benchmark
from bench.host.text import number

CSV_HEADER = (
    "benchmark",
    "quantity",
    "unit",
    "base",
    "other",
    "base_value",
    "other_value",
    "ratio",
    "compared",
)


@dataclass(frozen=True)
class Line:
    """A row of a table before it has a form; one without cells is a heading."""

    benchmark: str
    quantity: str
    cells: list[str]
    heading: str = ""

    @property
    def family(self) -> str:
        return self.benchmark.partition("/")[0]

    @property
    def name(self) -> str:
        if self.quantity != "time":
            return f"{self.benchmark} {self.quantity}"
        return self.benchmark


@dataclass(frozen=True)
class Grid:
    """A table before it has a form."""

    title: str
    columns: list[tuple[str, bool]]  # after the benchmark: heading, and whether it holds numbers
    lines: list[Line]
    spaced: bool = True  # between families
    narrow: bool = False  # headings and words may take several lines

    def without_units(self) -> Grid:
        """The unit of times stands above them then; those of values are in their names."""
        lines: list[Line] = []
        for family, members in groupby(self.lines, key=lambda line: line.family):
            several = list(members)
            units = [line.cells[0] for line in several if line.quantity == "time"]
            above = [line.heading for line in lines if not line.cells][-1:]
            if units and (self.spaced or above != [f"{units[0]}:"]):
                lines.append(Line(family, "", [], f"{units[0]}:"))
            lines += [Line(m.benchmark, m.quantity, m.cells[1:]) for m in several]
        return replace(self, columns=self.columns[1:], lines=lines, narrow=True)


def show(console: Console, comparisons: Sequence[Comparison], brief: bool = False) -> None:
    """On a terminal, within its width if that can be; `brief`: of each family one benchmark."""
    tables = [_brief(comparison) for comparison in comparisons] if brief else comparisons
    for grid in _fitting(tables, console, not brief):
        console.print(grid.title, style="bold", soft_wrap=True)
        console.print(_as_table(grid))
    for heading, lines in _remarks(comparisons):
        console.print(heading, style="bold", soft_wrap=True)
        for line in lines:
            console.print(f"  {line}", soft_wrap=True)
    if brief:
        console.print(
            "[dim]One benchmark of each family; all of them: BENCH='*'[/dim]", markup=True
        )


def _brief(comparison: Comparison) -> Comparison:
    """The benchmark of each family that sentences are about, with its time and what is telling of
    its values."""
    benchmarks = comparison.base.results.benchmarks
    usual: dict[str, Benchmark] = {}
    for row in comparison.rows:
        benchmark = benchmarks[row.benchmark]
        usual[benchmark.family] = max(
            usual.get(benchmark.family, benchmark), benchmark, key=words.rank
        )

    def telling(row: Row) -> bool:
        family = benchmarks[row.benchmark].family
        known = row.quantity == "time" or (family, row.quantity) in words.VALUES
        return known and row.benchmark == usual[family].name

    return replace(comparison, rows=[row for row in comparison.rows if telling(row)])


def _fitting(comparisons: Sequence[Comparison], console: Console, spaced: bool) -> list[Grid]:
    """One table with all variants beside the base where the line is long enough; else one for each
    pair, without a column of units if need be."""

    def fit(grids: list[Grid]) -> bool:
        return max(needed_width(_as_table(grid)) for grid in grids) <= console.width

    together = [replace(grid, spaced=spaced) for grid in grids(comparisons)]
    if fit(together):
        return together
    pairs = [replace(_pair(comparison), spaced=spaced) for comparison in comparisons]
    return pairs if fit(pairs) else [grid.without_units() for grid in pairs]


def text(comparisons: Sequence[Comparison]) -> str:
    """What a terminal shows, in lines as long as they have to be."""
    out = io.StringIO()
    show(verbatim_console(out, UNLIMITED), comparisons)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def markdown(comparisons: Sequence[Comparison]) -> str:
    blocks = []
    for grid in grids(comparisons):
        heads = ["benchmark", *(heading for heading, _ in grid.columns)]
        align = "l" + "".join("r" if right else "l" for _, right in grid.columns)
        rows = [[line.name, *line.cells] for line in grid.lines]
        blocks += [f"**{grid.title}**", _markdown(heads, rows, align)]
    for heading, lines in _remarks(comparisons):
        blocks += [f"**{heading}**", "\n".join(f"- {line}" for line in lines)]
    return "\n\n".join(blocks) + "\n"


def to_csv(comparisons: Sequence[Comparison]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for comparison in comparisons:
        sides = comparison.base.label, comparison.other.label
        for row in comparison.rows:
            ratio = row.other / row.base if row.base else ""
            values = (row.base, row.other, ratio, words.compared(row))
            writer.writerow((row.benchmark, row.quantity, row.unit, *sides, *values))
        for name in comparison.only_base:
            writer.writerow((name, "", "", *sides, "", "", "", f"only in {sides[0]}"))
        for name in comparison.only_other:
            writer.writerow((name, "", "", *sides, "", "", "", f"only in {sides[1]}"))
    return out.getvalue()


def grids(comparisons: Sequence[Comparison]) -> list[Grid]:
    """One table where all have the same base; else one for each pair."""
    if len(comparisons) > 1 and len({id(comparison.base) for comparison in comparisons}) == 1:
        return [_side_by_side(comparisons)]
    return [_pair(comparison) for comparison in comparisons]


def _pair(comparison: Comparison) -> Grid:
    base, other = comparison.base.label, comparison.other.label
    lines = [
        Line(
            row.benchmark,
            row.quantity,
            [row.unit, number(row.base), number(row.other), words.compared(row)],
        )
        for row in comparison.rows
    ]
    columns = [("unit", False), (base, True), (other, True), (_than(base), True)]
    return Grid(f"{other} compared with {base}: {_where(comparison)}", columns, lines)


def _side_by_side(comparisons: Sequence[Comparison]) -> Grid:
    base = comparisons[0].base
    columns = [("unit", False), (base.label, True)]
    found: dict[tuple[str, str], list[Row | None]] = {}
    for place, comparison in enumerate(comparisons):
        columns += [(comparison.other.label, True), (_than(base.label), True)]
        for row in comparison.rows:
            cells = found.setdefault((row.benchmark, row.quantity), [None] * len(comparisons))
            cells[place] = row
    # In the order of the base's results, whatever a variant may lack.
    order = list(base.results.benchmarks)
    lines = []
    for benchmark, quantity in sorted(found, key=lambda key: order.index(key[0])):
        cells = found[benchmark, quantity]
        first = next(cell for cell in cells if cell is not None)
        texts = [first.unit, number(first.base)]
        for cell in cells:
            texts += ["–", ""] if cell is None else [number(cell.other), words.compared(cell)]
        lines.append(Line(benchmark, quantity, texts))
    return Grid(f"all compared with {base.label}: {_where(comparisons[0])}", columns, lines)


def _than(label: str) -> str:
    return f"than {label}" if "/" not in label else "compared"


def _where(comparison: Comparison) -> str:
    return words.conditions(comparison.base.results)


def _as_table(grid: Grid) -> Table:
    """Values stand below their benchmark."""
    table = new_table(None, "benchmark")
    for heading, right in grid.columns:
        if grid.narrow:
            heading = heading.replace("/", "/\n")
        words_wrap = grid.narrow and heading == grid.columns[-1][0]
        table.add_column(heading, justify="right" if right else "left", no_wrap=not words_wrap)
    for _, lines in groupby(grid.lines, key=lambda line: line.family):
        above = ""
        for line in lines:
            name = line.name
            if not line.cells:
                table.add_row(line.heading, style="italic")
                continue
            if line.quantity != "time":
                if line.benchmark != above:
                    table.add_row(line.benchmark)
                name = f"  {line.quantity}"
            table.add_row(name, *line.cells)
            above = line.benchmark
        if grid.spaced:
            table.add_section()
    return table


def _shortened(names: list[str], comparison: Comparison) -> list[str]:
    """Names of benchmarks; of a family of which the other side has nothing, only their number."""
    common = {row.benchmark.partition("/")[0] for row in comparison.rows}
    found = []
    for family, several in groupby(names, key=lambda name: name.partition("/")[0]):
        members = list(several)
        whole = family not in common and len(members) > 1
        found += [f"{family} ({len(members)})"] if whole else members
    return found


def _remarks(comparisons: Sequence[Comparison]) -> list[tuple[str, list[str]]]:
    """What stands below the tables: plain words for each pair, what is missing, notes."""
    found = []
    for comparison in comparisons:
        base, other = comparison.base.label, comparison.other.label
        lines = words.sentences(comparison)
        for label, names in ((base, comparison.only_base), (other, comparison.only_other)):
            if names:
                lines.append(f"only in {label}: {', '.join(_shortened(names, comparison))}")
        if lines:
            found.append((f"{other}, compared with {base}", lines))
    notes = list(dict.fromkeys(note for each in comparisons for note in each.notes))
    if any(row.within_layouts for c in comparisons for row in c.rows):
        notes.append("* less than the spread over layouts of memory and image: do not build on it")
    notes.append("instructions are work, not time: hardware gives other factors")
    return [*found, ("Notes", notes)]
