"""How disk images are put together: tools/stage.py, tools/programs.py, and make image."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bench.host.options import Options
from bench.host.running.machine import BUILD, ROOT
from tests.tools.disk_image import DiskImage
from tools import programs
from tools.machines.build import folders_for, system

pytestmark = pytest.mark.xdist_group("images")

HELLO = """
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

int main(int argc, char *argv[])
{
    uint64 number = 1;
    char *unused;
    printf("hello %d\\n", number, argv[0]);
    exit(0);
}
"""


def run_python(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"tools.{module}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


# The root folder of an image.


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / "files" / "below").mkdir(parents=True)
    (folder / "program").write_text("program")
    (folder / "other").write_text("other")
    (folder / "files" / "README").write_text("read me")
    (folder / "files" / "below" / "deep").write_text("deep")
    return folder


def test_stage(tmp_path: Path, sources: Path) -> None:
    root = tmp_path / "root"
    (root / "of_an_earlier_run").mkdir(parents=True)
    items = [f"{sources}/program=/program,/bin/program", f"{sources}/files=/"]
    assert run_python("stage", root, *items).returncode == 0
    found = {str(path.relative_to(root)) for path in root.rglob("*")}
    assert found == {"program", "bin", "bin/program", "README", "below", "below/deep"}
    assert (root / "program").samefile(root / "bin" / "program")
    assert (root / "below" / "deep").read_text() == "deep"
    assert not (root / "program").samefile(sources / "program")


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (["{s}/program=/x", "{s}/other=/x"], ["/x would be both", "s/program", "s/other"]),
        (["{s}/files=/", "{s}/other=/README"], ["/README would be both", "files/README"]),
        (["{s}/other=/README", "{s}/files=/"], ["/README would be both", "files/README"]),
        (["{s}/files=/", "{s}/other=/below"], ["/below would be both a folder and", "s/other"]),
        (["{s}/program=/x", "{s}/other=/x/y"], ["/x would be both a folder", "s/other"]),
        (["{s}/nowhere=/x"], ["sources/nowhere does not exist"]),
        (["{s}/program=x"], ["'x' is no name on the disk"]),
        (["{s}/program=/a/../../x"], ["'/a/../../x' is no name on the disk"]),
        (["{s}/program"], ["is not of the form"]),
    ],
)
def test_stage_refuses(tmp_path: Path, sources: Path, items: list[str], words: list[str]) -> None:
    done = run_python("stage", tmp_path / "root", *(item.format(s=sources) for item in items))
    assert done.returncode == 1
    assert done.stderr.startswith("stage: error: ") and len(done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr


# Programs of the user's.


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with sources."""
    (tmp_path / "my lab").mkdir()
    (tmp_path / "folder.c").mkdir()
    (tmp_path / "empty").mkdir()
    names = "a.c b.S a.txt fourteen_bytes.c thirteen_byte.c sh.c README.c a:b.c"
    for name in [*names.split(), "a b.c", "my lab/a.c", "my lab/b.c", "my lab/b.h", "folder.c/a.c"]:
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a.c nowhere.c", "there is no file nowhere.c"),
        ("a.c+nowhere.c", "there is no file nowhere.c"),
        ("my lab/a.c", "there is no file my"),
        ("a.txt", "a.txt is not a C source: its name must end in .c"),
        ("a.c+a.txt", "a.txt is not a C source"),
        ("empty", "empty is a folder without a C source"),
        ("fourteen_bytes.c", "the program fourteen_bytes, whose name has 14 bytes; 13 is the"),
        ("sh.c", "sh.c would become the program sh, and the image has another /sh"),
        ("README.c", "would become the program README, and the image has another /README"),
        ("a.c folder.c/a.c", "a.c and folder.c/a.c would both become the program a"),
        ("a.c a.c+b.S", "a.c and a.c+b.S would both become the program a"),
        ("a:b.c", "a:b.c has the character ':' in its path, which make cannot handle"),
        ("'a b.c'", "the program a b, whose name can have letters, digits and _ . ~ + - only"),
        ("'my lab'", "the program my lab, whose name can have letters"),
        ("'a.c", "'a.c: no closing quotation"),
    ],
)
def test_bad_programs(lab: Path, text: str, reason: str) -> None:
    with pytest.raises(programs.ProgramError, match=re.escape(reason)):
        programs.parse(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        (" a.c\n thirteen_byte.c ", {"a": ["a.c"], "thirteen_byte": ["thirteen_byte.c"]}),
        ("a.c+b.S", {"a": ["a.c", "b.S"]}),
        ("'my lab/b.c' a.c", {"b": ["my lab/b.c"], "a": ["a.c"]}),
        ("my\\ lab/a.c+my\\ lab/b.c", {"a": ["my lab/a.c", "my lab/b.c"]}),
        ("folder.c/ 'my lab/b.c'", {"folder.c": ["folder.c/a.c"], "b": ["my lab/b.c"]}),
    ],
)
def test_good_programs(
    lab: Path, monkeypatch: pytest.MonkeyPatch, text: str, found: dict[str, list[str]]
) -> None:
    listed = programs.parse(text)
    assert {p.name: [str(source) for source in p.sources] for p in listed} == found
    assert all(f"bin/{name}" in programs.rules(listed) for name in found)


# make image.

Make = Callable[..., subprocess.CompletedProcess[str]]


def folder_of(text: str | Path) -> Path:
    """Where make builds what PROGS names."""
    return ROOT / programs.write_rules(programs.parse(str(text)))


@pytest.fixture
def make() -> Iterator[Make]:
    """Runs make image in the project; the folders that it made for PROGS are removed after. What
    else comes and goes in build/run meanwhile is other tests'."""
    used: list[Path] = []

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["make", "-s", "image", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )
        for word in words:
            with suppress(programs.ProgramError):
                used.extend([folder_of(word[6:])] if word.startswith("PROGS=") else [])
        return done

    yield run
    for folder in used:
        shutil.rmtree(folder, ignore_errors=True)


def test_image_of_the_system(make: Make, tmp_path: Path) -> None:
    assert make(f"IMAGE={tmp_path}/disk").returncode == 0
    disk = DiskImage.load(tmp_path / "disk")
    paths = disk.paths()
    assert disk.data == (BUILD / "root.img").read_bytes()
    programs = {path.stem for path in (ROOT / "user" / "bin").glob("*.c")} | {"sh"}
    for name in programs:
        assert paths[f"/{name}"] == paths[f"/bin/{name}"]
        assert disk.content(paths[f"/{name}"])[:4] == b"\x7fELF"
    for name in ("/README", "/console", "/bench/runner", "/bench/suite/shell_pipelin"):
        assert name in paths
    # One of 14 bytes has no zero behind it in its directory: some programs look for that.
    assert max(len(name) for path in paths for name in path.split("/")) <= 13
    assert disk.content(paths["/README"]) == (ROOT / "user" / "files" / "README").read_bytes()


def test_program_in_the_image(make: Make, tmp_path: Path) -> None:
    """With warnings, which are shown; an image that is up to date stays as it is."""
    source = tmp_path / "hello.c"
    source.write_text(HELLO)
    words = [f"PROGS={source}", f"IMAGE={tmp_path}/disk"]
    done = make(*words)
    assert done.returncode == 0
    assert "unused variable 'unused'" in done.stderr
    assert "format" not in done.stderr
    disk = DiskImage.load(tmp_path / "disk")
    paths = disk.paths()
    assert paths["/hello"] == paths["/bin/hello"] and "/sh" in paths
    first = bytes(disk.data)

    assert make(*words).stderr == ""
    assert (tmp_path / "disk").read_bytes() == first
    source.write_text(HELLO.replace("hello", "hullo"))
    assert make(*words).returncode == 0
    assert (tmp_path / "disk").read_bytes() == first.replace(b"hello %d", b"hullo %d")


def test_image_follows_what_is_on_it(make: Make, tmp_path: Path) -> None:
    """A program that is gone leaves the image, though nothing that is left became newer."""
    (tmp_path / "hello.c").write_text(HELLO)
    assert make(f"PROGS={tmp_path}/hello.c").returncode == 0
    items = folder_of(tmp_path / "hello.c") / "root.img.items"
    image = items.with_suffix("")
    content = image.read_bytes()
    items.write_text(items.read_text().rstrip() + f" {BUILD}/gone=/gone\n")
    image.write_bytes(b"an image that also has /gone")
    assert make(f"PROGS={tmp_path}/hello.c").returncode == 0
    assert image.read_bytes() == content


def test_program_of_several_files(make: Make, tmp_path: Path) -> None:
    """In a folder with a name that means something to make and to a shell. What depends on a header
    follows it, and nothing else is compiled again."""
    lab = tmp_path / "my lab (1), 'x' & \"y\"!"
    lab.mkdir()
    (lab / "one.c").write_text(
        '#include "my number.h"\nint two(void);\nint main(void)\n{ return two() + N; }\n'
    )
    (lab / "my number.h").write_text("#define N 1\n")
    (lab / "two.c").write_text("int two(void) { return 2; }\n")
    words = ["PROGS=" + shlex.quote(f"{lab}/one.c+{lab}/two.c"), f"IMAGE={tmp_path}/disk"]
    done = make(*words)
    assert done.returncode == 0, done.stderr
    assert f"CC    user {lab}/one.c" in done.stdout and f"CC    user {lab}/two.c" in done.stdout
    disk = DiskImage.load(tmp_path / "disk")
    assert disk.paths()["/one"] == disk.paths()["/bin/one"]
    assert make(*words).stdout == ""
    (lab / "my number.h").write_text("#define N 2\n")
    done = make(*words)
    assert f"CC    user {lab}/one.c" in done.stdout and "two.c" not in done.stdout
    assert DiskImage.load(tmp_path / "disk").data != disk.data


@pytest.mark.parametrize(
    ("command", "folders"),
    [
        ("ls", ()),
        ("echo latests; ls my-bench tests.c", ()),
        ("/tests/usertest", ("tests",)),
        (
            "cd tests && ./churn -s 1 || /bench/suite/fork",
            (
                "bench",
                "tests",
            ),
        ),
        ("ls /bench/", ("bench",)),
    ],
)
def test_folders_that_a_command_names(command: str, folders: tuple[str, ...]) -> None:
    assert folders_for(command) == folders


def test_image_without_benchmarks() -> None:
    paths = DiskImage.load(system(Options(), ("tests",))).paths()
    assert "/tests/usertest" in paths and "/ls" in paths and "/bench" not in paths


def test_program_that_does_not_compile(make: Make, tmp_path: Path) -> None:
    (tmp_path / "broken.c").write_text("int main(void)\n{\n    return wrong;\n}\n")
    done = make(f"PROGS={tmp_path}/broken.c", f"IMAGE={tmp_path}/disk")
    assert done.returncode == 2
    assert "broken.c:3:12: error: 'wrong' undeclared" in done.stderr
    assert not (tmp_path / "disk").exists()


LACKING = {
    "call": (
        "int other(int);\nint main(void)\n{\n    return trace(1) +\n        trace(2) + other(3);\n}\n",
        [
            "{}:4: trace() is a call that the lab 'system calls' adds: this kernel does not have it",
            "{}:5: other() is neither in the program nor in the library of the interface",
        ],
    ),
    "names": (
        "int main(void)\n{\n    return mmap(0, 1, PROT_READ, MAP_SHARED, 3, 0) > 0;\n}\n",
        [
            "{}:3: PROT_READ is a name that the lab 'mmap' adds: it is not here",
            "{}:3: MAP_SHARED is a name that the lab 'mmap' adds: it is not here",
            "{}:3: mmap() is a call that the lab 'mmap' adds: this kernel does not have it",
        ],
    ),
    "header": (
        '#include "kernel/sysinfo.h"\nint main(void) { return 0; }\n',
        ["{}:1: kernel/sysinfo.h is a header that the lab 'system calls' adds: it is not here"],
    ),
    "hosted": (
        "#include <stdio.h>\nint main(void) { return 0; }\n",
        ["{}:1: stdio.h is of another C library: this one is all in user/user.h"],
    ),
    "own_header": (
        '#include "mine.h"\nint main(void) { return 0; }\n',
        ["{}:1: mine.h is neither beside the program nor a header of the interface"],
    ),
    "part": (
        "int part(void) { return 0; }\n",
        ["the program has no main(): one of several files is given as PROGS='a.c+b.c'"],
    ),
}


@pytest.mark.parametrize("name", LACKING)
def test_program_that_lacks_something(make: Make, tmp_path: Path, name: str) -> None:
    """A line each, in place of all that compiler and linker say."""
    text, lines = LACKING[name]
    source = tmp_path / f"{name}.c"
    source.write_text(text)
    done = make(f"PROGS={source}", f"IMAGE={tmp_path}/disk")
    assert done.returncode == 2
    said = [line for line in done.stderr.splitlines() if not re.match("make|image: ", line)]
    assert said == [f"PROGS: {line.format(source)}" for line in lines]


def test_program_that_is_missing(make: Make, tmp_path: Path) -> None:
    done = make(f"PROGS={tmp_path}/nowhere.c")
    assert done.returncode == 2
    assert (
        done.stderr.splitlines()[0] == f"image: error: PROGS: there is no file {tmp_path}/nowhere.c"
    )


def test_program_in_the_place_of_a_utility(make: Make, tmp_path: Path) -> None:
    (tmp_path / "sleep.c").write_text(HELLO)
    assert make(f"PROGS={tmp_path}/sleep.c", f"IMAGE={tmp_path}/disk").returncode == 0
    disk = DiskImage.load(tmp_path / "disk")
    paths = disk.paths()
    assert paths["/sleep"] == paths["/bin/sleep"] and "/cat" in paths
    assert b"hello %d" in disk.content(paths["/sleep"])


def test_program_with_a_name_that_is_taken(make: Make, tmp_path: Path) -> None:
    (tmp_path / "sh.c").write_text(HELLO)
    done = make(f"PROGS={tmp_path}/sh.c")
    assert done.returncode == 2
    assert "would become the program sh, and the image has another /sh" in done.stderr
