"""Draw bars by matplotlib, from the description of a figure. The look is that of gnuplot.py."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.host.languages import Text
from bench.host.plots import fonts
from bench.host.plots.figure import Bars, Groups, Stack
from bench.host.plots.look import legend_columns, places
from bench.host.plots.table import Table

# By the places of look.py: colors for colour-blind readers, and hatches for black and white.
COLORS = ("#333333", "#56b4e9", "#009e73", "#d55e00", "#cc79a7", "#e69f00", "#0072b2", "#aaaaaa")
HATCHES = ("", "///", "..", "xx", "---", "\\\\\\", "++", "oo")

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

# A part of a bar that is shorter, as a share of the longest bar, has no room for so many characters.
NARROW = {length: 0.014 * length + 0.012 for length in range(1, 12)}

Say = Callable[[Text], str]


def draw(figure: Bars, table: Table, pictures: Sequence[Path], language: str) -> None:
    """Draw a figure into files, each as its ending says."""
    font = fonts.FONTS.get(language)
    if font is not None:
        font_manager.fontManager.addfont(font.path)
    family = {"font.family": fonts.name(language)}
    with matplotlib.rc_context(family), warnings.catch_warnings():
        warnings.filterwarnings("error", "Glyph .* missing")
        drawn = plot(figure, table, lambda text: str(getattr(text, language)))
        for picture in pictures:
            metadata = {"Date": None} if picture.suffix == ".svg" else {"Software": None}
            drawn.savefig(picture, dpi=200, metadata=metadata)


def plot(figure: Bars, table: Table, say: Say) -> Figure:
    """Groups stand side by side, stacks one above the other."""
    panels = figure.panels(table)
    drawn = Figure(figsize=(SIZE[0], figure.height * SIZE[1]))
    groups = [panel for panel in panels if isinstance(panel, Groups)]
    stacks = [panel for panel in panels if isinstance(panel, Stack)]
    if groups:
        widths = [panel.width for panel in groups]
        every = drawn.subplots(1, len(groups), squeeze=False, width_ratios=widths)[0, :]
        for panel, axes in zip(groups, every):
            _grouped_bars(axes, panel, table.variants, say)
    else:
        heights = [len(panel.values) + 1 for panel in stacks]
        every = drawn.subplots(len(stacks), 1, squeeze=False, height_ratios=heights)[:, 0]
        for stack, axes in zip(stacks, every):
            _stacked_bars(axes, stack, say)
    _finish(drawn, every[0], say(figure.title))
    return drawn


def _stacked_bars(axes: Axes, stack: Stack, say: Say) -> None:
    variants = list(stack.values)
    longest = max(sum(parts.values()) for parts in stack.values.values())
    end = [0.0] * len(variants)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    for part, (name, color, hatch) in stack.parts.items():
        lengths = [stack.values[variant][part] for variant in variants]
        axes.barh(
            range(len(variants)),
            lengths,
            0.75,
            left=end,
            label=say(name),
            color=color,
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
    axes.set_title(say(stack.title), loc="left")
    axes.set_xlabel(say(stack.x))


def _grouped_bars(axes: Axes, panel: Groups, variants: list[str], say: Say) -> None:
    """One group of bars for each name. Where bars are narrow the numbers on them stand upright."""
    width = 0.8 / len(variants)
    top = max(panel.values[variant, group] for variant in variants for group in panel.names) or 1
    look = places(variants)
    for number, variant in enumerate(variants):
        shift = (number - (len(variants) - 1) / 2) * width
        heights = [panel.values[variant, group] for group in panel.names]
        style = look[variant] % len(COLORS)
        bars = axes.bar(
            [group + shift for group in range(len(panel.names))],
            heights,
            width * 0.9,
            label=variant,
            color=COLORS[style],
            hatch=HATCHES[style],
            edgecolor="black",
            linewidth=0.8,
        )
        axes.bar_label(
            bars,
            [_label(height) for height in heights],
            padding=3,
            fontsize=9,
            rotation="vertical" if panel.upright else "horizontal",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},  # over lines of the grid
        )
    axes.set_xticks(range(len(panel.names)), [say(name) for name in panel.names.values()])
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, top * 1.15)
    axes.yaxis.set_major_formatter(lambda value, _: _tick(value))
    axes.grid(axis="y", color="#cccccc", linewidth=0.6)
    axes.set_xlabel(say(panel.x))
    axes.set_ylabel(say(panel.y))


def _finish(figure: Figure, axes: Axes, title: str) -> None:
    """Title, and below it the legend, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    columns = legend_columns(labels)
    rows = -(-len(labels) // columns)
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
