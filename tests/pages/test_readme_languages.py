"""Pages in two languages say the same: their structure, code, generated parts and links agree, so that a
change of one that is not made in the other is found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT

PAIRS = [
    (f"{page}.md", f"{page}.zh.md")
    for page in ("README", "docs/benchmarks", "docs/commands", "docs/cores", "docs/races")
]
PAGES = [page for pair in PAIRS for page in pair]
# As pages link to those that have two languages.
OTHERS = ("", "docs/benchmarks.md", "benchmarks.md", "docs/commands.md", "commands.md")
README_BYTES = 10_000
GENERATED = re.compile(r"<!-- generated: ([a-z_]+).*?<!-- end of \1 -->", re.DOTALL)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """What does not depend on the language."""

    headings: list[int]  # their levels
    generated: list[str]
    code: list[tuple[str, str]]  # language and text of blocks, without comments
    spans: list[str]  # inline code, sorted
    links: list[str]  # where they lead, sorted
    tables: list[list[int]]  # columns of each row
    items: int  # of lists
    paragraphs: int


def read(text: str) -> Page:
    generated = GENERATED.findall(text)
    text = GENERATED.sub("", text)
    code = [(match[1], without_comments(match[2])) for match in FENCE.finditer(text)]
    text = FENCE.sub("", text)
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return Page(
        headings=[len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)],
        generated=generated,
        code=code,
        spans=sorted(re.findall(r"`([^`]+)`", text)),
        links=sorted(target(link) for link in re.findall(r"\]\(([^)]+)\)", text)),
        tables=[
            [len(re.findall(r"(?<!\\)\|", row)) for row in block.strip().split("\n")]
            for block in blocks
            if block.lstrip().startswith("|")
        ],
        items=len(re.findall(r"^- ", text, re.MULTILINE)),
        paragraphs=len(blocks),
    )


def without_comments(code: str) -> str:
    return re.sub(r"[ \t]*#.*$", "", code, flags=re.MULTILINE)


def target(link: str) -> str:
    """Where it leads, whatever the language: headings have a name for each, and each page a link to the
    other."""
    page, _, anchor = link.replace(".zh.md", ".md").partition("#")
    return f"{page}#" if "#" in link and page in OTHERS else link.replace(".zh.md", ".md")


def anchors(text: str) -> set[str]:
    """The names that headings have for links."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


def differences(one: str, other: str) -> list[str]:
    pages = read(one), read(other)
    found = []
    for key in Page.__dataclass_fields__:
        values = getattr(pages[0], key), getattr(pages[1], key)
        if values[0] == values[1]:
            continue
        if isinstance(values[0], list):
            only = [[v for v in values[i] if v not in values[1 - i]] for i in (0, 1)]
            found.append(f"{key}: only in one {only[0]}, only in the other {only[1]}")
        else:
            found.append(f"{key}: {values[0]} and {values[1]}")
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=[one for one, _ in PAIRS])
def test_both_pages_say_the_same(pair: tuple[str, str]) -> None:
    one, other = ((ROOT / name).read_text(encoding="utf-8") for name in pair)
    assert differences(one, other) == []


@pytest.mark.parametrize("name", PAGES)
def test_links_of_a_page_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = link.partition("#")
        if not path:
            assert anchor in anchors(text), link
        elif "results/" not in path:  # what make writes may not be there
            to = (ROOT / name).parent / path
            assert to.exists(), link
            if anchor:
                assert anchor in anchors(to.read_text(encoding="utf-8")), link


SAMPLE = """# A

text with `code` and a [link](docs/README.md)

| a | b |
|---|---|
| 1 | 2 |

```sh
make bench   # a comment
```

<!-- generated: headline -->
x
<!-- end of headline -->
"""


@pytest.mark.parametrize(
    "old, new, key",
    [
        ("# A", "## A", "headings"),
        ("`code`", "`other`", "spans"),
        ("docs/README.md", "docs/locks.md", "links"),
        ("| 1 | 2 |", "| 1 | 2 |\n| 3 | 4 |", "tables"),
        ("make bench ", "make test ", "code"),
        ("headline", "summary", "generated"),
        ("text with", "a paragraph more\n\ntext with", "paragraphs"),
    ],
)
def test_each_kind_of_difference_is_found(old: str, new: str, key: str) -> None:
    assert differences(SAMPLE, SAMPLE.replace("a comment", "说明").replace("text", "文字")) == []
    changed = differences(SAMPLE, SAMPLE.replace(old, new))
    assert changed and changed[0].startswith(f"{key}: ")


@pytest.mark.parametrize("name", PAIRS[0])
def test_first_page_is_short(name: str) -> None:
    assert len((ROOT / name).read_bytes()) <= README_BYTES
