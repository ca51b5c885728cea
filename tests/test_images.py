"""How disk images are put together: tools/stage.py, tools/check_programs.py, and make image."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import md5
from pathlib import Path

import pytest
from disk_image import DiskImage

from bench.host.running.machine import BUILD, ROOT

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


def run_python(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "tools" / script, *arguments],
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
    assert run_python("stage.py", root, *items).returncode == 0
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
    done = run_python("stage.py", tmp_path / "root", *(item.format(s=sources) for item in items))
    assert done.returncode == 1
    assert done.stderr.startswith("stage: error: ") and len(done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr


# Programs of the user's.


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.c", "nowhere.c"], "there is no file {folder}/nowhere.c"),
        (["a.txt"], "{folder}/a.txt is not a C source: its name must end in .c"),
        (["folder.c"], "{folder}/folder.c is not a C source"),
        (["fifteen_bytes__.c"], "the program fifteen_bytes__, whose name has 15 bytes"),
        (["cat.c"], "the program cat, and the image has another /cat"),
        (["a.c", "folder.c/a.c"], "a.c and {folder}/folder.c/a.c would both become the program a"),
    ],
)
def test_bad_programs(tmp_path: Path, names: list[str], words: str) -> None:
    (tmp_path / "folder.c").mkdir()
    for name in ("a.c", "a.txt", "fifteen_bytes__.c", "cat.c", "folder.c/a.c"):
        (tmp_path / name).touch()
    paths = [tmp_path / name for name in names]
    done = run_python("check_programs.py", "--taken", "sh cat", "--", *paths)
    assert done.returncode == 2
    assert done.stderr.startswith("PROGS: ") and len(done.stderr.splitlines()) == 1
    assert words.format(folder=tmp_path) in done.stderr


def test_good_programs(tmp_path: Path) -> None:
    (tmp_path / "fourteen_bytes.c").touch()
    done = run_python("check_programs.py", "--taken", "sh", "--", tmp_path / "fourteen_bytes.c")
    assert (done.returncode, done.stderr) == (0, "")


# make image.

Make = Callable[..., subprocess.CompletedProcess[str]]


def folder_of(programs: str | Path) -> Path:
    """Where make builds what PROGS names, by absolute paths."""
    return BUILD / "run" / md5(f"{programs}\n".encode()).hexdigest()[:12]


@pytest.fixture
def make() -> Iterator[Make]:
    """Runs make image in the project; the folders that it made for PROGS are removed after. What
    else comes and goes in build/run meanwhile is other tests'."""
    used: list[Path] = []

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        used.extend(folder_of(w.removeprefix("PROGS=")) for w in words if w.startswith("PROGS="))
        return subprocess.run(
            ["make", "-s", "image", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )

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
    for name in ("/README", "/console", "/bench/runner"):
        assert name in paths
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


def test_program_that_does_not_compile(make: Make, tmp_path: Path) -> None:
    (tmp_path / "broken.c").write_text("int main(void)\n{\n    return wrong;\n}\n")
    done = make(f"PROGS={tmp_path}/broken.c", f"IMAGE={tmp_path}/disk")
    assert done.returncode == 2
    assert "broken.c:3:12: error: 'wrong' undeclared" in done.stderr
    assert not (tmp_path / "disk").exists()


def test_program_that_is_missing(make: Make, tmp_path: Path) -> None:
    done = make(f"PROGS={tmp_path}/nowhere.c")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"PROGS: there is no file {tmp_path}/nowhere.c"


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
