"""Draw the pictures: from each figure's table, curves by gnuplot, bars by matplotlib."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import east_asian_width

from bench.host import interrupts
from bench.host.errors import BenchError
from bench.host.languages import ENGLISH, languages, translator
from bench.host.plots import TITLES, fonts, gnuplot
from bench.host.plots.tables import TABLES, LeftOut, Sources, Unmeasured
from bench.host.stored.check import BadResult
from bench.host.stored.collection import load_alike
from bench.host.stored.results import Results

BARS = ("write_fault", "phases", "memory")
FORMATS = ("svg", "png")
MAIN = "fork"  # the figure for a terminal


@dataclass
class Drawn:
    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what is left out, and why


def sources_of(folder: Path, results: dict[str, Results]) -> Sources:
    """These results, which are alike, with those of the wall clock that lie beside them. Where these
    cannot be used, only their own figures are left out."""
    if any(each.context["unit"] != "instructions" for each in results.values()):
        return Sources(wall=results)
    beside = folder / "wall"
    if not any(beside.glob("*.json")):
        return Sources(exact=results)
    try:
        wall, _ = load_alike(beside)
    except BadResult as problem:
        return Sources(exact=results, why_no_wall=str(problem))
    return Sources(exact=results, wall=wall)


def draw(
    folder: Path,
    results: dict[str, Results],
    formats: Sequence[str] = FORMATS,
    language: str = ENGLISH,
) -> Drawn:
    """Draw every figure of these results, which are alike, into <folder>/plots, all or none. What
    they have no data for is left out, and its old picture goes. Pictures that are there in other
    formats and languages are drawn again, so that all are of the same results."""
    translator(language)  # refuses one that is not there
    fonts.check(language)
    drawn = Drawn()
    plots = folder.resolve() / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    sources = sources_of(folder, results)
    with tempfile.TemporaryDirectory(prefix=".drawing.", dir=plots) as scratch:
        there = Path(scratch)
        names = _write_tables(there, sources, drawn)
        for each, kinds in _wanted(plots, formats, language, drawn).items():
            pictures = _folder(there, each)
            pictures.mkdir(exist_ok=True)
            _draw_pictures(there, pictures, names, kinds, each)
        with interrupts.put_off():
            _remove_left_out(plots, names)
            for path in sorted(p for p in there.rglob("*") if p.is_file()):
                place = plots / path.relative_to(there)
                place.parent.mkdir(exist_ok=True)
                drawn.files.append(path.replace(place))
    return drawn


def _remove_left_out(plots: Path, names: Collection[str]) -> None:
    for left_out in TITLES.keys() - set(names):
        for path in (_folder(plots, each) for each in languages()):
            for suffix in ("csv", *FORMATS):
                (path / f"{left_out}.{suffix}").unlink(missing_ok=True)


def _folder(plots: Path, language: str) -> Path:
    return plots if language == ENGLISH else plots / language


def _wanted(
    plots: Path, formats: Sequence[str], language: str, drawn: Drawn
) -> dict[str, list[str]]:
    """Formats by language: those asked for, and those that are there."""
    wanted = {}
    for each in languages():
        kinds = {
            kind
            for kind in FORMATS
            if any((_folder(plots, each) / f"{name}.{kind}").exists() for name in TITLES)
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


def in_terminal(
    results: dict[str, Results], folder: Path, columns: int, lines: int, language: str = ENGLISH
) -> str:
    """The main figure, drawn with characters."""
    with tempfile.TemporaryDirectory(prefix="cowshed.") as scratch:
        try:
            table = TABLES[MAIN](sources_of(folder, results))
        except LeftOut as why:
            raise BenchError(f"cannot draw {MAIN}: {why}") from None
        data = Path(scratch, f"{MAIN}.csv")
        data.write_text(table.to_csv(), encoding="utf-8")
        size = {"COLUMNS": str(columns), "LINES": str(lines)}
        text = gnuplot.Runs().draw(MAIN, data, None, language, size)
    return "\n".join(_cut(line, columns).rstrip() for line in text.splitlines()).strip("\n\f")


def _cut(line: str, columns: int) -> str:
    """As much of a line as fits: a Chinese character has the width of two."""
    width = 0
    for place, character in enumerate(line):
        width += 2 if east_asian_width(character) in "WF" else 1
        if width > columns:
            return line[:place]
    return line


def _write_tables(folder: Path, sources: Sources, drawn: Drawn) -> list[str]:
    """The tables of all figures that there is data for; gives their names."""
    names = []
    left_out: dict[str, list[str]] = {}  # by reason
    for name in TITLES:
        try:
            table = TABLES[name](sources)
        except LeftOut as why:
            many = isinstance(why, Unmeasured)
            reason = "no results of their benchmarks" if many else str(why)
            left_out.setdefault(reason, []).append(name)
            continue
        drawn.notes += [f"figure {name}: {note}" for note in table.notes]
        (folder / f"{name}.csv").write_text(table.to_csv(), encoding="utf-8")
        names.append(name)
    drawn.notes += [
        f"figures left out: {', '.join(x)} ({reason})" for reason, x in left_out.items()
    ]
    return names


def _draw_pictures(
    tables: Path, folder: Path, names: Collection[str], formats: Sequence[str], language: str
) -> None:
    curves = [(name, folder / f"{name}.{f}") for name in names if name not in BARS for f in formats]
    with gnuplot.side_by_side() as (pool, runs):
        jobs = [
            pool.submit(runs.draw, name, tables / f"{name}.csv", picture, language)
            for name, picture in curves
        ]
        if set(names) & set(BARS):
            # Imported here and not above: it takes longer than all of gnuplot.
            from bench.host.plots import bars

            for name in sorted(set(names) & set(BARS)):
                bars.draw(
                    name,
                    tables / f"{name}.csv",
                    [folder / f"{name}.{f}" for f in formats],
                    language,
                )
        for job in jobs:
            job.result()
    if language in fonts.FONTS:
        from bench.host.plots import outlines

        for _, picture in curves:
            if picture.suffix == ".svg":
                outlines.replace_text(picture, fonts.FONTS[language].path)
