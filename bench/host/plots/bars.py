"""The pictures with bars, drawn by matplotlib from the CSV files of make bench."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# In the order of the variants, as the curves of style.gp: colours for colour-blind readers, and
# hatches for black and white.
COLOURS = ("#333333", "#56b4e9", "#009e73", "#d55e00", "#cc79a7", "#e69f00", "#0072b2", "#aaaaaa")
HATCHES = ("", "///", "..", "xx", "---", "\\\\\\", "++", "oo")

PAGES = 4096  # the size that the bars show, or the largest that was measured
MOMENTS = {
    "frames_after_0": "after fork",
    "frames_after_10": "child wrote\n10 % of it",
    "frames_after_50": "child wrote\n50 % of it",
    "frames_after_100": "child wrote\nall of it",
}

# The same bytes each time: no random ids in the SVG, and no date or version in either file.
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "cowshed",
        "font.family": "DejaVu Sans",
        "font.size": 11,
        "axes.titlesize": 12,
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


@dataclass(frozen=True)
class Medians:
    """The medians of one CSV file, by family, pages and quantity."""

    variant: str
    values: dict[tuple[str, int, str], float]

    @classmethod
    def read(cls, path: Path) -> Medians:
        with path.open(newline="", encoding="utf-8") as file:
            values = {
                (row["family"], int(row["pages"] or 0), row["quantity"]): float(row["value"])
                for row in csv.DictReader(file)
                if row["statistic"] == "median" and row["layout"] == "0"
            }
        return cls(path.stem, values)

    def pages(self, family: str) -> set[int]:
        return {pages for f, pages, _ in self.values if f == family}

    def get(self, family: str, pages: int, quantity: str) -> float:
        return self.values[family, pages, quantity]


def write_fault(files: list[Path]) -> Figure:
    """Cost of a write to a page that fork has shared, by what it comes to."""
    variants = [Medians.read(file) for file in files]
    pages = _common_pages(variants, "write_copy", "write_last")
    figure = Figure(figsize=(8, 5.2))
    axes = figure.subplots()
    groups = {
        "write_copy": "the page still has two owners\n(write_copy)",
        "write_last": "the other owner is gone\n(write_last)",
    }
    heights = [
        [variant.get(family, pages, "instructions") for family in groups] for variant in variants
    ]
    _grouped_bars(axes, list(groups.values()), [v.variant for v in variants], heights)
    axes.set_title(f"First write to a page after fork, {pages:,} pages")
    axes.set_ylabel("instructions per page\n(1 instruction = 1 ns of guest time)")
    return figure


def memory(files: list[Path]) -> Figure:
    """Frames that a fork takes, and memory for reference counts."""
    variants = [Medians.read(file) for file in files]
    pages = _common_pages(variants, "memory")
    figure = Figure(figsize=(10, 5.2))
    left, right = figure.subplots(1, 2, width_ratios=(3, 1))
    names = [variant.variant for variant in variants]
    heights = [[variant.get("memory", pages, m) for m in MOMENTS] for variant in variants]
    _grouped_bars(left, list(MOMENTS.values()), names, heights, upright=True)
    left.set_title(f"Frames used by a fork of {pages:,} heap pages")
    left.set_xlabel("eager copies the pages of the program text too", fontsize=9)
    left.set_ylabel("frames of 4 KiB in use, more than before the fork")

    peaks = [[v.get("memory", pages, "metadata_bytes_peak") / 1024] for v in variants]
    _grouped_bars(right, [""], names, peaks, legend=False, upright=True)
    right.set_title("Reference metadata")
    right.set_ylabel("KiB at peak")
    right.tick_params(bottom=False)
    return figure


def save(figure: Figure, path: Path) -> None:
    """As SVG or PNG, by the path's ending."""
    metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(path, dpi=200, metadata=metadata)


def _common_pages(variants: list[Medians], *families: str) -> int:
    """PAGES, or else the largest size that all variants have for all of the families."""
    common = set.intersection(*(v.pages(family) for v in variants for family in families))
    if not common:
        raise ValueError(f"no size at which all variants have {' and '.join(families)}")
    return PAGES if PAGES in common else max(common)


def _grouped_bars(
    axes: Axes,
    groups: list[str],
    names: list[str],
    heights: list[list[float]],
    *,
    legend: bool = True,
    upright: bool = False,
) -> None:
    """One group of bars for each label; heights by name, then by group. Where bars are narrow the
    values on them stand upright."""
    width = 0.8 / len(names)
    top = max(max(row) for row in heights) or 1
    for number, (name, row) in enumerate(zip(names, heights)):
        where = [g + (number - (len(names) - 1) / 2) * width for g in range(len(groups))]
        bars = axes.bar(
            where,
            row,
            width * 0.9,
            label=name,
            color=COLOURS[number % len(COLOURS)],
            hatch=HATCHES[number % len(HATCHES)],
            edgecolor="black",
            linewidth=0.8,
        )
        axes.bar_label(
            bars,
            [_label(value) for value in row],
            padding=3,
            fontsize=9,
            rotation="vertical" if upright else "horizontal",
        )
    axes.set_xticks(range(len(groups)), groups)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, top * (1.25 if legend else 1.15))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(axis="y", color="#cccccc", linewidth=0.6)
    if legend:
        options: dict[str, Any] = {"ncols": min(len(names), 4), "loc": "upper center"}
        axes.legend(frameon=False, handlelength=2.2, handleheight=1.2, **options)


def _label(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.1f}"
