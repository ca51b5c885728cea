"""The user library, the shell and the utilities, compiled for the host with sanitizers.

`tests/host/user/names.h` renames the library, `tests/host/user/system.c` gives it the system calls.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

from bench.host.running.machine import BUILD, ROOT

SOURCES = ROOT / "tests" / "host" / "user"
FOLDER = BUILD / "host-user"
FLAGS = (
    "-std=gnu11 -g -O1 -Wall -Wextra -Werror "
    "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
).split()
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
RENAMED = ["-fno-builtin", "-DUSER_FORMAT_CHECKS", "-include", str(SOURCES / "names.h")]


def run_gcc(*arguments: str | Path) -> None:
    includes: list[str | Path] = ["-I", ROOT / "user" / "include"]
    done = subprocess.run(
        ["gcc", *FLAGS, *includes, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def compile_to(folder: Path, sources: list[Path], *flags: str) -> list[Path]:
    """The objects of some sources, all of them in a folder that is made anew."""
    folder.mkdir(parents=True, exist_ok=True)
    objects = [folder / f"{source.stem}.o" for source in sources]
    for source, target in zip(sources, objects):
        run_gcc(*flags, "-c", source, "-o", target)
    return objects


@cache
def library() -> list[Path]:
    sources = sorted((ROOT / "user" / "lib").glob("*.c"))
    return compile_to(FOLDER / "library", sources, *RENAMED)


@cache
def system() -> Path:
    """The root of a system that runs on the host: /bin has the programs."""
    root = FOLDER / "root"
    (root / "bin").mkdir(parents=True, exist_ok=True)
    calls = compile_to(FOLDER / "system", [SOURCES / "system.c"])
    programs = {source.stem: [source] for source in (ROOT / "user" / "bin").glob("*.c")}
    programs["sh"] = sorted((ROOT / "user" / "sh").glob("*.c"))
    for name, sources in programs.items():
        objects = compile_to(FOLDER / "programs" / name, sources, *RENAMED)
        run_gcc(*objects, *calls, *library(), "-o", root / "bin" / name)
    return root


@cache
def library_test() -> Path:
    flags = [flag for flag in RENAMED if flag != "-DUSER_FORMAT_CHECKS"]
    sources = sorted((ROOT / "user" / "lib").glob("*.c"))
    objects = compile_to(FOLDER / "test", sources, *flags)
    path = FOLDER / "test_library"
    run_gcc(SOURCES / "test_library.c", *objects, "-I", SOURCES, "-lcmocka", "-o", path)
    return path
