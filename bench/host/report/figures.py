"""The pictures that a report shows: those of results/plots that are there, in its language."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.figures import figures
from bench.host.languages import Text
from bench.host.measured import Results
from bench.host.plots.plot import pictures_of
from bench.host.plots.table import LeftOut

DATA = Text("Data: ", "数据：")


class Pictures:
    """The pictures of one report."""

    def __init__(self, root: Path, results: Path, language: str) -> None:
        self.root, self.plots, self.language = root.resolve(), pictures_of(results), language
        self.folders = dict.fromkeys([pictures_of(results, language), self.plots])
        self.shown: set[str] = set()

    def __call__(self, name: str) -> str:
        """A picture as a paragraph of Markdown, with a link to what it is drawn from; nothing where
        there is none. A picture without labels in the language is shown in English."""
        self.shown.add(name)
        found = [
            there / f"{name}.svg" for there in self.folders if (there / f"{name}.svg").is_file()
        ]
        if not found:
            return ""
        words = getattr(figures()[name].alt, self.language)
        picture = f"![{words}]({found[0].relative_to(self.root).as_posix()})\n"
        table = self.plots / f"{name}.csv"
        if not table.is_file():
            return picture
        data = getattr(DATA, self.language)
        return f"{picture}\n{data}[{table.name}]({table.relative_to(self.root).as_posix()})\n"

    def rest(self, later: Iterable[str]) -> str:
        """Those that the report has not shown by name, and does not show later."""
        names = sorted(figures().keys() - self.shown - set(later))
        return "\n".join(filter(None, map(self, names)))


def check(folder: Path, results: dict[str, Results]) -> None:
    """An error where a picture was drawn from other results than these."""
    for name, figure in figures().items():
        path = pictures_of(folder) / f"{name}.csv"
        try:
            old = path.read_text(encoding="utf-8")
            new = figure.table(results).to_csv()
        except FileNotFoundError:
            continue
        except LeftOut:
            new = ""
        except (OSError, ValueError) as error:
            raise BenchError(f"cannot read {path}: {error}") from None
        if old != new:
            raise BenchError(f"{path} is not made from these results: make plot draws it again")
