"""A report: made from results by templates, written whole, and known again when it is met.

The last line of a report holds a hash of the rest. So a file that somebody has written into is never
taken for one that may be replaced.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.host.analysis.study import Study
from bench.host.errors import BenchError
from bench.host.languages import ENGLISH
from bench.host.report import figures
from bench.host.report.links import relocate
from bench.host.report.texts import Texts
from bench.host.report.writer import Blocks, Writer, joined
from bench.host.stored.collection import load_alike
from bench.host.stored.results import write_all
from bench.host.text import number

MARK = "<!-- made by make report; sha256 of the text above: "
RESULT = re.compile("sha256:[0-9a-f]{64}")  # of a file of results
SEAL = re.compile(re.escape(MARK) + r"([0-9a-f]{64}) -->\n\Z")


def chapters(kind: str) -> Sequence[Callable[[Writer], Blocks]]:
    """What a report consists of, in its order."""
    from bench.host.report.chapters import closing, cost, models, opening, results  # takes a while

    if kind == "course":
        return (closing.course,)
    return (
        opening.summary,
        opening.purpose,
        opening.built,
        opening.method,
        results.results,
        models.models,
        cost.costs,
        closing.difficulties,
        closing.choosing,
        closing.limits,
        closing.provenance,
    )


@dataclass(frozen=True)
class Report:
    """Which report is wanted, and where it goes."""

    root: Path
    kind: str
    language: str
    path: Path  # of the Markdown file

    @property
    def page(self) -> Path:
        """The same as one self-contained page."""
        if self.path == self.root / "REPORT.md":
            return self.root / "build" / "report.html"
        return self.path.with_suffix(".html")


def place(root: Path, kind: str, language: str, out: Path | None) -> Report:
    """Where a report goes: to `out`, or to its usual place."""
    if out is not None and out.suffix == ".html":
        raise BenchError(
            f"{out} would be the page: OUT= is the Markdown file, and that lies beside"
        )
    return Report(root, kind, language, out or usual_path(root, kind, language))


def usual_path(root: Path, kind: str, language: str) -> Path:
    """REPORT.md for the one that is part of the project; build/ for all others."""
    if (kind, language) == ("report", ENGLISH):
        return root / "REPORT.md"
    name = "REPORT" if kind == "report" else kind
    return root / "build" / f"{name}.{language}.md"


def render(report: Report) -> tuple[str, list[str]]:
    """The text, and notes on what could not be used."""
    results, notes = load_alike(report.root / "results")
    figures.check(report.root / "results", results)
    pictures = figures.Pictures(report.root, report.root / "results", report.language)
    writer = Writer(Study(results), Texts(report.language), pictures)
    blocks = (block for chapter in chapters(report.kind) for block in chapter(writer))
    text = joined(blocks) + "\n"
    return seal(relocate(text, report.root, report.path.parent)), notes


def seal(text: str) -> str:
    text += "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text}{MARK}{digest} -->\n"


def untouched(text: str) -> bool:
    """Whether it is as make report has written it."""
    match = SEAL.search(text)
    return (
        match is not None and match[1] == hashlib.sha256(text[: match.start()].encode()).hexdigest()
    )


def filled_in(report: Report) -> str | None:
    """The text of a skeleton that somebody has written into: then the page is made from it."""
    old = _read(report.path)
    if report.kind == "report" or old is None or MARK not in old or untouched(old):
        return None
    return old


def has_these_results(text: str, rendered: str) -> bool:
    """Whether the tables of a text that somebody has written into are those of a new one."""
    return set(RESULT.findall(rendered)) <= set(RESULT.findall(text))


def write(report: Report, text: str, page: str) -> None:
    """Both files or none; not over what somebody else has written."""
    old = _read(report.path)
    if old is not None and not untouched(old):
        raise BenchError(
            f"{report.path} is not as make report wrote it, and what is in it would be lost: "
            "give another file with OUT=, or move that one away"
        )
    _write(report, {report.path: text}, page)


def write_page(report: Report, page: str) -> None:
    """The page alone."""
    _write(report, {}, page)


def _write(report: Report, texts: dict[Path, str], page: str) -> None:
    page_there = _read(report.page)
    if page_there is not None and MARK not in page_there:
        raise BenchError(
            f"{report.page} is not from make report, and would be replaced: give another file with "
            "OUT=, or move that one away"
        )
    try:
        for path in (*texts, report.page):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_all({report.page: page} | texts)
    except OSError as error:
        raise BenchError(f"cannot write {report.path}: {error}") from None


def check(report: Report, text: str) -> None:
    """An error where the file is not what the results make."""
    old = _read(report.path)
    if old is None:
        raise BenchError(f"there is no {report.path}: make report writes it")
    if old == text:
        return
    said = "was changed by hand" if not untouched(old) else "is older than its results"
    lines = difflib.unified_diff(
        old.splitlines(), text.splitlines(), "file", "results", "", "", 0, ""
    )
    changes = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    raise BenchError(
        f"{report.path} {said}: make report writes it again; it differs in {number(len(changes))} "
        f"lines, of which the first are (- file, + results): " + " / ".join(changes[:2])
    )


def _read(path: Path) -> str | None:
    if path.exists() and not path.is_file():
        raise BenchError(f"{path} is no file: give one with OUT=, such as report.md")
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BenchError(f"cannot read {path}: {error}") from None
