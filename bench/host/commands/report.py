"""Write REPORT.md and build/report.html, or another report, from results/."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from bench.host.options import Options
from bench.host.report import document


def run(options: Options, console: Console) -> int:
    from bench.host.report import page

    report = document.place(options.root, options.template, options.language, options.out)
    text, notes = document.render(report)
    for note in notes:
        console.print(f"note: {note}")
    if options.check:
        document.check(report, text)
        console.print(f"{_name(report.path)}: as the results make it")
        return 0
    mine = document.filled_in(report)
    html = page.make(mine or text, report.language, report.path.parent)
    if mine is None:
        document.write(report, text, html)
        console.print(f"{_name(report.path)} and {_name(report.page)}: written")
        return 0
    document.write_page(report, html)
    console.print(f"{_name(report.path)}: kept as it is; {_name(report.page)}: written from it")
    if not document.has_these_results(mine, text):
        console.print(
            "note: its tables are not of the results that are there now: OUT=new.md has those"
        )
    return 0


def _name(path: Path) -> str:
    return os.path.relpath(path)
