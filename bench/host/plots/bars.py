"""The figures with bars, drawn by matplotlib from their tables. The look is that of style.gp."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.host.languages import Translator, translator
from bench.host.plots import TITLES
from bench.host.plots.fonts import FONTS
from bench.host.plots.fonts import USUAL as USUAL_FONT

# In the order of style.gp: colours for colour-blind readers, and hatches for black and white.
COLOURS = ("#333333", "#56b4e9", "#009e73", "#d55e00", "#cc79a7", "#e69f00", "#0072b2", "#aaaaaa")
HATCHES = ("", "///", "..", "xx", "---", "\\\\\\", "++", "oo")
USUAL = ("eager", "cow-array", "cow-hash", "cow-reuse")  # these keep their look, others follow

SIZE = (8, 5.2)  # inches
TEXT = 11  # points

# The same bytes each time: no random ids in the SVG, and no date or version in either file.
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "cowshed",
        "font.size": TEXT,
        "axes.titlesize": TEXT,
        "axes.labelsize": TEXT,
        "axes.linewidth": 1.2,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "hatch.linewidth": 0.8,
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.12,
        "figure.constrained_layout.w_pad": 0.12,
        "savefig.facecolor": "white",
    }
)

Rows = list[dict[str, str]]


def draw(name: str, table: Path, pictures: Sequence[Path], language: str) -> None:
    """Draw a figure into files, each as its ending says."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    font = FONTS.get(language)
    if font is not None:
        font_manager.fontManager.addfont(font.path)
    family = USUAL_FONT if font is None else font.name
    with matplotlib.rc_context({"font.family": family}), warnings.catch_warnings():
        warnings.filterwarnings("error", "Glyph .* missing")
        figure = FIGURES[name](rows, translator(language))
        for picture in pictures:
            metadata = {"Date": None} if picture.suffix == ".svg" else {"Software": None}
            figure.savefig(picture, dpi=200, metadata=metadata)


def write_fault(rows: Rows, say: Translator) -> Figure:
    """Cost of a write to a page that fork has shared, by what it comes to."""
    groups = {
        "write_copy": say("the page still has two owners") + "\n(write_copy)",
        "write_last": say("the other owner is gone") + "\n(write_last)",
    }
    values = {(row["variant"], row["benchmark"]): float(row["instructions"]) for row in rows}
    figure = Figure(figsize=SIZE)
    axes = figure.subplots()
    _grouped_bars(axes, groups, _variants(rows), values)
    axes.set_xlabel(say("in a heap of {size}").format(size=_memory(rows)))
    axes.set_ylabel(say("instructions per page"))
    _finish(figure, axes, say(TITLES["write_fault"]))
    return figure


def memory(rows: Rows, say: Translator) -> Figure:
    """Frames that a fork takes, and memory for reference counts."""
    moments = {
        "frames_after_0": say("after fork"),
        "frames_after_10": say("10 % written"),
        "frames_after_50": say("50 % written"),
        "frames_after_100": say("all written"),
    }
    scales = {"frames": 4096 / 2**20, "metadata": 1 / 2**10}
    values = {
        (row["variant"], row["quantity"]): float(row["value"])
        * scales[row["quantity"].split("_")[0]]
        for row in rows
    }
    variants = _variants(rows)
    figure = Figure(figsize=SIZE)
    left, right = figure.subplots(1, 2, width_ratios=(3, 1))
    _grouped_bars(left, moments, variants, values, upright=True)
    note = say("eager copies the pages of the program text too") if "eager" in variants else ""
    left.set_xlabel(
        say("heap of {size}, of which the child writes a part").format(size=_memory(rows))
        + "\n"
        + note
    )
    left.set_ylabel(say("memory in use beyond that before the fork (MiB)"))
    _grouped_bars(right, {"metadata_bytes_peak": ""}, variants, values, upright=True)
    right.set_xlabel(say("reference counts"))
    right.set_ylabel(say("at their peak (KiB)"))
    _finish(figure, left, say(TITLES["memory"]))
    return figure


# From the bottom up. Neighbours differ in brightness too.
PHASES = {
    "entry": ("#333333", ""),
    "lookup": ("#f0e442", ""),
    "allocate": ("#0072b2", "///"),
    "copy": ("#56b4e9", ""),
    "count": ("#d55e00", "xx"),
    "map": ("#eeeeee", ".."),
    "flush": ("#009e73", "---"),
    "exit": ("#cc79a7", "\\\\\\"),
    "other": ("#ffffff", ""),
}
KINDS = {
    "fork": "fork of a process of {size}",
    "copy": "write fault that copies",
    "last": "write fault by the last owner",
}
# A part of a bar that is shorter, as a share of the longest bar, has no room for so many characters.
NARROW = {length: 0.014 * length + 0.012 for length in range(1, 12)}
DWARFED = 10  # times smaller


def phases(rows: Rows, say: Translator) -> Figure:
    """Stacked bars: a panel for each kind, and for those that are many times larger."""
    values = {(r["kind"], r["variant"], r["phase"]): float(r["instructions"]) for r in rows}
    size = next((f"{int(r['pages']) / 256:.1f} MiB" for r in rows if r["kind"] == "fork"), "")
    panels = []
    for kind in KINDS:
        sums = {v: sum(values.get((kind, v, p), 0) for p in PHASES) for v in _variants(rows)}
        # A variant without such a fault has all of its time outside of the kernel.
        faults = [v for v in sums if sums[v] > values.get((kind, v, "other"), 0)]
        panels += [(kind, group) for group in _of_one_scale({v: sums[v] for v in faults})]
    figure = Figure(figsize=(SIZE[0], 1.5 * SIZE[1]))
    every = figure.subplots(
        len(panels), 1, squeeze=False, height_ratios=[len(group) + 1 for _, group in panels]
    )[:, 0]
    for (kind, group), axes in zip(panels, every):
        _stack(axes, group, {p: [values.get((kind, v, p), 0) for v in group] for p in PHASES}, say)
        axes.set_title(say(KINDS[kind]).format(size=size), loc="left")
    note = say("instructions (each panel has its own scale)")
    none = [v for v in _variants(rows) if not any(v in group for k, group in panels if k != "fork")]
    if none:
        note += "\n" + say("no such faults: {names}").format(names=", ".join(none))
    every[-1].set_xlabel(note)
    _finish(figure, every[0], say(TITLES["phases"]))
    return figure


def _of_one_scale(sums: dict[str, float]) -> list[list[str]]:
    """Variants in groups, so that none is dwarfed by another of its group."""
    groups: list[list[str]] = []
    for variant in sums:
        for group in groups:
            near = sums[group[0]] / DWARFED < sums[variant] < sums[group[0]] * DWARFED
            if near:
                group.append(variant)
                break
        else:
            groups.append([variant])
    return groups


def _stack(
    axes: Axes, variants: list[str], phases: dict[str, list[float]], say: Translator
) -> None:
    longest = max(sum(column) for column in zip(*phases.values()))
    end = [0.0] * len(variants)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    for phase, lengths in phases.items():
        colour, hatch = PHASES[phase]
        axes.barh(
            range(len(variants)),
            lengths,
            0.75,
            left=end,
            label=say(phase),
            color=colour,
            hatch=hatch,
            edgecolor="black",
            linewidth=0.8,
        )
        for place, length in enumerate(lengths):
            if length > NARROW[len(_label(length))] * longest:
                middle = end[place] + length / 2
                axes.text(
                    middle, place, _label(length), ha="center", va="center", fontsize=8, bbox=box
                )
        end = [before + length for before, length in zip(end, lengths)]
    for place, total in enumerate(end):
        axes.text(total + 0.01 * longest, place, _label(total), va="center", fontsize=9)
    axes.set_yticks(range(len(variants)), variants)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.1 * longest)
    axes.xaxis.set_major_formatter(lambda value, _: _tick(value))


FIGURES: dict[str, Callable[[Rows, Translator], Figure]] = {
    "write_fault": write_fault,
    "memory": memory,
    "phases": phases,
}


def _variants(rows: Rows) -> list[str]:
    return list(dict.fromkeys(row["variant"] for row in rows))


def _style(variant: str, variants: list[str]) -> int:
    order = [*USUAL, *(v for v in variants if v not in USUAL)]
    return order.index(variant) % len(COLOURS)


def _memory(rows: Rows) -> str:
    """The heap that a table is about."""
    pages = int(rows[0]["pages"])
    return f"{pages / 256:g} MiB" if pages >= 256 else f"{pages * 4} KiB"


def _grouped_bars(
    axes: Axes,
    groups: dict[str, str],
    variants: list[str],
    values: dict[tuple[str, str], float],
    *,
    upright: bool = False,
) -> None:
    """One group of bars for each label; values by variant and group. Where bars are narrow the
    numbers on them stand upright."""
    width = 0.8 / len(variants)
    top = max(values[variant, group] for variant in variants for group in groups) or 1
    for number, variant in enumerate(variants):
        where = [g + (number - (len(variants) - 1) / 2) * width for g in range(len(groups))]
        heights = [values[variant, group] for group in groups]
        style = _style(variant, variants)
        bars = axes.bar(
            where,
            heights,
            width * 0.9,
            label=variant,
            color=COLOURS[style],
            hatch=HATCHES[style],
            edgecolor="black",
            linewidth=0.8,
        )
        axes.bar_label(
            bars,
            [_label(height) for height in heights],
            padding=3,
            fontsize=9,
            rotation="vertical" if upright else "horizontal",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},  # over lines of the grid
        )
    axes.set_xticks(range(len(groups)), list(groups.values()))
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, top * 1.15)
    axes.yaxis.set_major_formatter(lambda value, _: _tick(value))
    axes.grid(axis="y", color="#cccccc", linewidth=0.6)


def _finish(figure: Figure, axes: Axes, title: str) -> None:
    """Title, and below it the legend, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    fit = max(1, 76 // (max(map(len, labels)) + 9))  # in a row
    rows = -(-len(labels) // fit)
    columns = -(-len(labels) // rows)
    inch = 1 / figure.get_figheight()
    heading = figure.text(0.5, 1 - 0.26 * inch, title, ha="center", va="center")
    legend = figure.legend(
        handles,
        labels,
        ncols=columns,
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - 0.39 * inch),
        frameon=False,
        handlelength=2.2,
        handleheight=1.2,
    )
    for text in (heading, legend):
        text.set_in_layout(False)
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - (0.42 + 0.28 * rows) * inch))


def _label(value: float) -> str:
    """With three digits, or all before the point; "0.05" rather than "0.0508"."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if value >= 10 else 2}f}".rstrip("0").rstrip(".")


def _tick(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"
