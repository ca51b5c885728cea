"""The pictures that a report shows: those of results/plots that are there, in its language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.plots import TITLES
from bench.host.plots.plot import sources_of
from bench.host.plots.tables import TABLES, LeftOut
from bench.host.stored.results import Results

PLOTS = "plots"
DATA = {"en": "Data: ", "zh": "数据："}


def shown(root: Path, results: Path, language: str) -> Callable[[str, str], str]:
    """A function for templates: figure(name, text) is the picture as a paragraph of Markdown, with a
    link to what it is drawn from; and nothing where there is none. A picture without labels in the
    language is shown in English."""
    plots = results / PLOTS
    folders = [plots] if language == "en" else [plots / language, plots]

    def figure(name: str, text: str) -> str:
        found = [there / f"{name}.svg" for there in folders if (there / f"{name}.svg").is_file()]
        if not found:
            return ""
        picture = f"![{text}]({found[0].relative_to(root).as_posix()})\n"
        table = plots / f"{name}.csv"
        if not table.is_file():
            return picture
        return f"{picture}\n{DATA[language]}[{table.name}]({table.relative_to(root).as_posix()})\n"

    return figure


def check(folder: Path, results: dict[str, Results]) -> None:
    """An error where a picture was drawn from other results than these."""
    sources = sources_of(folder, results)
    for name in TITLES:
        path = folder / PLOTS / f"{name}.csv"
        try:
            old = path.read_text(encoding="utf-8")
            new = TABLES[name](sources).to_csv()
        except FileNotFoundError:
            continue
        except LeftOut:
            new = ""
        except (OSError, ValueError) as error:
            raise BenchError(f"cannot read {path}: {error}") from None
        if old != new:
            raise BenchError(f"{path} is not made from these results: make plot draws it again")
