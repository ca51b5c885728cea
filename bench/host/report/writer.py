"""What chapters write with: the words of a language, tables of Markdown, and pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bench.host.analysis.model import Prediction
from bench.host.analysis.study import Study
from bench.host.display import markdown
from bench.host.report.figures import Pictures
from bench.host.report.texts import Texts
from bench.host.report.values import signed_percent

Blocks = Iterator[str]
Row = tuple[object, Callable[[str], object]]
Predicted = list[tuple[str, Prediction]]


@dataclass(frozen=True)
class Writer:
    study: Study
    say: Texts
    figure: Pictures

    def table(self, heads: str, rows: Iterable[Sequence[object]], align: str = "lr") -> str:
        """`heads` is the key of the headings, which have | between them."""
        return markdown.table(self.heads(heads), rows, align)

    def heads(self, key: str) -> list[str]:
        """Headings, which have | between them."""
        return [head.strip() for head in self.say(key).split("|")]

    def by_variant(self, head: str, rows: Iterable[Row]) -> str:
        """A row for each thing, with its value for each variant."""
        variants = self.study.variants
        return markdown.table([head, *variants], [[name, *map(of, variants)] for name, of in rows])

    def family(self, family: str, key: str | None = None) -> str:
        """A row for each benchmark of a family: its parameters, and a value for each variant."""
        lines = self.study.lines(family, key)
        if not lines:
            return ""
        heads = [self.say(f"words.{name}") for name in lines[0].parameters]
        rows = [[*line.parameters.values(), *line.values.values()] for line in lines]
        return markdown.table([*heads, *self.study.variants], rows, "l" * len(heads) + "r")

    def operations(self, head: str, names: Iterable[str]) -> str:
        """A row for each of these benchmarks that was measured: its time."""
        time = self.study.time
        return self.by_variant(
            head,
            [
                (self.say(f"words.{name}"), partial(time, name=name))
                for name in names
                if self.study.measured(name)
            ],
        )

    def values(
        self, head: str, name: str, texts: Iterable[tuple[str, str]], whole: str | None = None
    ) -> str:
        """A row for each (key, text): this value of a benchmark; and under `whole` its time."""
        study = self.study
        rows: list[Row] = [
            (text, partial(study.value, name=name, key=key))
            for key, text in texts
            if study.knows(name, key)
        ]
        if whole:
            rows.append((whole, partial(study.time, name=name)))
        return self.by_variant(head, rows)

    def predicted(
        self, model: Callable[[Study, str], list[Prediction]], variants: Sequence[str] | None = None
    ) -> Predicted:
        """What a model gives for these variants, or for all."""
        names = self.study.variants if variants is None else variants
        return [(name, row) for name in names for row in model(self.study, name)]

    def predictions(self, rows: Predicted, heads: str = "words.predictions") -> str:
        """What a model gives beside what was measured."""
        cells = (
            (variant, f"`{row.what}`", row.predicted, row.measured, signed_percent(row.error))
            for variant, row in rows
        )
        return self.table(heads, cells, "llr")


def joined(blocks: Iterable[str]) -> str:
    """Paragraphs; the items of a list follow each other without an empty line."""
    text = ""
    for block in filter(None, blocks):
        item = block.startswith("- ") and text.rpartition("\n\n")[2].startswith("- ")
        text += ("\n" if item else "\n\n" if text else "") + block.strip("\n")
    return re.sub(" +$", "", text, flags=re.MULTILINE)  # where the last place of a line is empty
