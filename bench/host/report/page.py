"""A Markdown report as one HTML file that needs no other: the pictures and their data are inside. Text
that leads to another file of the project is there without its link."""

from __future__ import annotations

import base64
import html
import mimetypes
import os
import re
from pathlib import Path

import jinja2

from bench.host.errors import BenchError
from bench.host.report.templating import TEMPLATES

IMAGE = re.compile(r'(<img [^>]*?src=")([^"]+)(")')
LOCAL = re.compile(r'<a href="(?!https?:|#|mailto:)([^"]+)">(.*?)</a>', re.DOTALL)


def make(text: str, language: str, folder: Path) -> str:
    """The page of a text whose links are as seen from `folder`."""
    import markdown  # takes long to import

    body = markdown.markdown(text, extensions=["tables", "fenced_code", "toc", "sane_lists"])
    body = IMAGE.sub(lambda m: m[1] + _inside(_path(folder, html.unescape(m[2]))) + m[3], body)
    body = LOCAL.sub(lambda m: _data(_path(folder, html.unescape(m[1])), m[2]), body)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    loader = jinja2.FileSystemLoader(TEMPLATES / "shared")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined)
    template = environment.get_template("page.html.j2")
    return template.render(body=body, language=language, title=title[1] if title else "Report")


def _inside(picture: Path) -> str:
    """The picture itself as an address."""
    kind = mimetypes.guess_type(picture.name)[0] or "image/svg+xml"
    try:
        data = picture.read_bytes()
    except OSError as error:
        raise BenchError(
            f"cannot read the picture {picture}: {error}; make plot draws it"
        ) from None
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _data(file: Path, text: str) -> str:
    """A link to a figure's data, to be saved under its name; else the text alone."""
    if file.suffix != ".csv" or not file.is_file():
        return text
    data = base64.b64encode(file.read_bytes()).decode()
    return f'<a download="{file.name}" href="data:text/csv;base64,{data}">{text}</a>'


def _path(folder: Path, link: str) -> Path:
    """Where a link leads; the folder need not exist yet."""
    return Path(os.path.normpath(folder.resolve() / link))
