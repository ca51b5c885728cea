"""Draw the pictures: from each figure's table, curves by gnuplot, bars by matplotlib."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import east_asian_width

from bench.host import interrupts
from bench.host.errors import BenchError
from bench.host.figures import figures
from bench.host.languages import ENGLISH, LANGUAGES
from bench.host.plots import fonts, gnuplot
from bench.host.plots.figure import Bars, Sweep
from bench.host.plots.table import LeftOut, Measured, Table, Unmeasured

FORMATS = ("svg", "png")
MAIN = "fork"  # the figure for a terminal


@dataclass
class Drawn:
    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what is left out, and why


def draw(
    folder: Path,
    results: Measured,
    formats: Sequence[str] = FORMATS,
    language: str = ENGLISH,
) -> Drawn:
    """Draw every figure of these results, which are alike, all or none: in English into <folder>/plots,
    in other languages into build/plots beside the folder. What they have no data for is left out, and
    its old picture goes. Pictures that are there in other formats and languages are drawn again, so
    that all are of the same results."""
    fonts.check(language)
    drawn = Drawn()
    plots = pictures_of(folder)
    plots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".drawing.", dir=plots) as scratch:
        there = Path(scratch)
        tables = _tables(results, drawn)
        for name, table in tables.items():
            (there / f"{name}.csv").write_text(table.to_csv(), encoding="utf-8")
        places = {there: plots}
        for each, kinds in _wanted(folder, formats, language, drawn).items():
            pictures = there if each == ENGLISH else there / each
            pictures.mkdir(exist_ok=True)
            places[pictures] = pictures_of(folder, each)
            _draw_pictures(pictures, tables, kinds, each)
        with interrupts.put_off():
            _remove_left_out(folder, tables)
            for made, place in places.items():
                place.mkdir(parents=True, exist_ok=True)
                for path in sorted(p for p in made.iterdir() if p.is_file()):
                    drawn.files.append(path.replace(place / path.name))
    return drawn


def _remove_left_out(folder: Path, names: Collection[str]) -> None:
    for left_out in figures().keys() - set(names):
        for path in (pictures_of(folder, each) for each in LANGUAGES):
            for suffix in ("csv", *FORMATS):
                (path / f"{left_out}.{suffix}").unlink(missing_ok=True)


def pictures_of(folder: Path, language: str = ENGLISH) -> Path:
    """Where the pictures of the results of a folder lie."""
    folder = folder.resolve()
    return folder / "plots" if language == ENGLISH else folder.parent / "build/plots" / language


def _wanted(
    folder: Path, formats: Sequence[str], language: str, drawn: Drawn
) -> dict[str, list[str]]:
    """Formats by language: those asked for, and those that are there."""
    wanted = {}
    for each in LANGUAGES:
        kinds = {
            kind
            for kind in FORMATS
            if any((pictures_of(folder, each) / f"{name}.{kind}").exists() for name in figures())
        }
        try:
            fonts.check(each)
        except BenchError as why:  # not of the language that was asked for
            if kinds:
                drawn.notes.append(f"pictures in {each} are not drawn again: {why}")
            continue
        kinds |= set(formats) if each == language else set()
        if kinds:
            wanted[each] = [kind for kind in FORMATS if kind in kinds]
    return wanted


def in_terminal(results: Measured, columns: int, lines: int, language: str = ENGLISH) -> str:
    """The main figure, drawn with characters."""
    figure = figures()[MAIN]
    assert isinstance(figure, Sweep)
    try:
        table = figure.table(results)
    except LeftOut as why:
        raise BenchError(f"cannot draw {MAIN}: {why}") from None
    script = gnuplot.Script(figure, table, language).in_terminal(columns, lines)
    text = gnuplot.run(MAIN, script, Path())
    return "\n".join(_cut(line, columns).rstrip() for line in text.splitlines()).strip("\n\f")


def write_scripts(results: Measured, to: Path, language: str = ENGLISH) -> Drawn:
    """What gnuplot draws each figure with curves from, to be changed by hand."""
    drawn = Drawn()
    to.mkdir(parents=True, exist_ok=True)
    for name, table in _tables(results, drawn).items():
        figure = figures()[name]
        if isinstance(figure, Sweep):
            path = to / f"{name}.gp"
            script = gnuplot.Script(figure, table, language).picture(f"{name}.svg")
            path.write_text(script, encoding="utf-8")
            drawn.files.append(path)
    return drawn


def _cut(line: str, columns: int) -> str:
    """As much of a line as fits: a Chinese character has the width of two."""
    width = 0
    for place, character in enumerate(line):
        width += 2 if east_asian_width(character) in "WF" else 1
        if width > columns:
            return line[:place]
    return line


def _tables(measured: Measured, drawn: Drawn) -> dict[str, Table]:
    """The tables of all figures that there is data for."""
    tables = {}
    left_out: dict[str, list[str]] = {}  # by reason
    for name, figure in figures().items():
        try:
            tables[name] = figure.table(measured)
        except LeftOut as why:
            many = isinstance(why, Unmeasured)
            reason = "no results of their benchmarks" if many else str(why)
            left_out.setdefault(reason, []).append(name)
            continue
        drawn.notes += [f"figure {name}: {note}" for note in tables[name].notes]
    drawn.notes += [
        f"figures left out: {', '.join(x)} ({reason})" for reason, x in left_out.items()
    ]
    return tables


def _draw_pictures(
    folder: Path, tables: dict[str, Table], formats: Sequence[str], language: str
) -> None:
    for name, table in tables.items():
        figure = figures()[name]
        if isinstance(figure, Sweep):
            script = gnuplot.Script(figure, table, language)
            gnuplot.run(name, "".join(script.picture(f"{name}.{kind}") for kind in formats), folder)
            if language in fonts.FONTS and "svg" in formats:
                from bench.host.plots import outlines  # not above: matplotlib takes long to import

                outlines.replace_text(folder / f"{name}.svg", fonts.FONTS[language].path)
        elif isinstance(figure, Bars):
            from bench.host.plots import bars

            bars.draw(figure, table, [folder / f"{name}.{kind}" for kind in formats], language)
