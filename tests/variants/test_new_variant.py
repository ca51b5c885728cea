"""tools/new_variant.py: a copy that stands for itself, or an error that says what would be right."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from tools.commands import main
from tools.new_variant import create


@pytest.fixture
def variants(tmp_path: Path) -> Path:
    folder = tmp_path / "variants"
    for name in ("eager", "cow-reuse"):
        (folder / name).mkdir(parents=True)
        (folder / name / "variant.h").write_text(f"// {name}: the decisions\nint {name[0]};\n")
        (folder / name / "README.md").write_text(f"# {name}\n\nAll about {name}.\n")
        (folder / name / "sources").write_text("common/count_array.c\n")
    (folder / "common").mkdir()
    (folder / "common" / "README.md").touch()
    return folder


@dataclass
class Done:
    status: int
    stdout: str
    stderr: str


def new_variant(variants: Path, name: str, source: str) -> Done:
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        status = main(["variant", f"NAME={name}", f"FROM={source}"], root=variants.parent)
    return Done(status, out.getvalue(), err.getvalue())


def listing(variants: Path) -> list[str]:
    return sorted(str(path.relative_to(variants)) for path in variants.rglob("*"))


def test_copy_has_its_own_title_and_all_else_as_it_was(variants: Path) -> None:
    done = new_variant(variants, "my-idea", "cow-reuse")
    assert (done.status, done.stderr) == (0, "")
    copy = variants / "my-idea"
    assert (copy / "variant.h").read_text() == "// my-idea: the decisions\nint c;\n"
    assert (copy / "sources").read_text() == "common/count_array.c\n"
    text = (copy / "README.md").read_text()
    assert text.startswith("# my-idea\n")
    assert "Begun as a copy of [cow-reuse](../cow-reuse/README.md)." in text
    assert text.endswith("All about cow-reuse.\n")
    assert (variants / "cow-reuse/README.md").read_text().startswith("# cow-reuse\n")
    assert "make bench VARIANT=my-idea" in done.stdout
    assert "make test VARIANT=my-idea" in done.stdout


def test_copy_of_a_copy(variants: Path) -> None:
    assert new_variant(variants, "a1", "cow-reuse").status == 0
    assert create(variants, "a" * 32, "a1") == variants / ("a" * 32)


@pytest.mark.parametrize(
    "name, source, message",
    [
        ("cow-reuse", "eager", "NAME=cow-reuse exists already"),
        ("mine", "lazy", "FROM=lazy is not a variant; there are: eager cow-around"),
        ("mine", "common", "FROM=common is not a variant"),
        ("mine", "../variants/eager", "is not a variant"),
        ("Mine", "eager", "NAME='Mine' is not a name"),
        ("1st", "eager", "must start with a letter a-z"),
        ("-x", "eager", "is not a name"),
        ("a b", "eager", "is not a name"),
        ("a/b", "eager", "is not a name"),
        ("..", "eager", "is not a name"),
        ("a_b", "eager", "is not a name"),
        ("mine\n", "eager", "is not a name"),
        ("a" * 33, "eager", "32 characters at most"),
        ("common", "eager", "is reserved"),
        ("user", "eager", "is reserved"),
        ("qemu", "eager", "is reserved"),
        ("soak", "eager", "is reserved"),
        ("eager-debug", "eager", "is reserved"),
        ("eager-lazy", "eager", "is reserved"),
        ("eager-link1", "eager", "is reserved"),
        ("", "eager", "NAME= is missing: the new variant"),
        ("mine", "", "FROM= is missing: the variant to start from, one of: eager"),
    ],
)
def test_request_that_cannot_be_met(variants: Path, name: str, source: str, message: str) -> None:
    before = listing(variants)
    done = new_variant(variants, name, source)
    assert done.status == 2
    assert any(words in done.stderr for words in message.split("|"))
    assert "Traceback" not in done.stderr
    assert listing(variants) == before


def test_copy_that_fails_leaves_nothing(variants: Path) -> None:
    (variants / "eager" / "link").symlink_to("nothing")
    before = listing(variants)
    done = new_variant(variants, "mine", "eager")
    assert done.status == 2
    assert "cannot copy variants/eager" in done.stderr and "Traceback" not in done.stderr
    assert listing(variants) == before


def test_bytes_that_are_no_text_stay_as_they_are(variants: Path) -> None:
    (variants / "eager" / "README.md").write_bytes(b"# eager\n\xff\n")
    assert new_variant(variants, "mine", "eager").status == 0
    copy = (variants / "mine" / "README.md").read_bytes()
    assert copy.startswith(b"# mine\n") and copy.endswith(b"\n\xff\n")
