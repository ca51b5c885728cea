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

PAGE = Path(__file__).with_name("page.html.j2")
IMAGE = re.compile(r'(<img [^>]*?src=")([^"]+)(")')
LINK = re.compile(r'<a href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
ELSEWHERE = re.compile(r"#|[a-z][a-z0-9+.-]*:", re.IGNORECASE)  # within the page, or in the web


def make(text: str, language: str, folder: Path) -> str:
    """The page of a text whose links are as seen from `folder`."""
    import markdown  # takes long to import

    body = markdown.markdown(text, extensions=["tables", "fenced_code", "toc", "sane_lists"])
    body = IMAGE.sub(lambda m: m[1] + _picture(html.unescape(m[2]), folder) + m[3], body)
    body = LINK.sub(lambda m: _linked(m, folder), body)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    template = jinja2.Template(
        PAGE.read_text(encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=False,
    )
    return template.render(body=body, language=language, title=title[1] if title else "Report")


def _picture(address: str, folder: Path) -> str:
    if address.startswith("data:"):
        return address
    if ELSEWHERE.match(address):
        raise BenchError(
            f"the picture {address} is in the web, but the page holds its pictures itself: save it "
            "beside the report"
        )
    return _inside(_path(folder, address))


def _inside(picture: Path) -> str:
    """The picture itself as an address."""
    kind = mimetypes.guess_type(picture.name)[0] or "image/svg+xml"
    try:
        data = picture.read_bytes()
    except OSError as error:
        hint = "; make plot draws it" if "plots" in picture.parts else ""
        raise BenchError(f"cannot read the picture {picture}: {error.strerror}{hint}") from None
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _linked(match: re.Match[str], folder: Path) -> str:
    address = html.unescape(match[1])
    return match[0] if ELSEWHERE.match(address) else _data(_path(folder, address), match[2])


def _data(file: Path, text: str) -> str:
    """A link to a figure's data, to be saved under its name; else the text alone."""
    if file.suffix != ".csv" or not file.is_file():
        return text
    data = base64.b64encode(file.read_bytes()).decode()
    return f'<a download="{file.name}" href="data:text/csv;base64,{data}">{text}</a>'


def _path(folder: Path, link: str) -> Path:
    """Where a link leads; the folder need not exist yet."""
    return Path(os.path.normpath(folder.resolve() / link))
