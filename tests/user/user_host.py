"""The user library, the shell and the utilities, compiled for the host with sanitizers.

`tests/user/names.h` renames the library, `tests/user/system.c` gives it the system calls.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from bench.host.running.machine import BUILD, ROOT
from tests.support.host_build import SANITIZED, compile_host, include

SOURCES = Path(__file__).parent
FOLDER = BUILD / "host-user"
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
RENAMED = ["-fno-builtin", "-DUSER_FORMAT_CHECKS", "-include", str(SOURCES / "names.h")]


def compile_user(target: Path, *arguments: str | Path) -> Path:
    """Of user code, with its headers."""
    return compile_host(target, [*SANITIZED, *include(ROOT / "user" / "include"), *arguments])


def compile_to(folder: Path, sources: list[Path], *flags: str) -> list[Path]:
    """The objects of some sources, in a folder."""
    return [compile_user(folder / f"{source.stem}.o", *flags, "-c", source) for source in sources]


@cache
def library() -> list[Path]:
    sources = sorted((ROOT / "user" / "lib").glob("*.c"))
    return compile_to(FOLDER / "library", sources, *RENAMED)


@cache
def system() -> Path:
    """The root of a system that runs on the host: /bin has the programs."""
    root = FOLDER / "root"
    calls = compile_to(FOLDER / "system", [SOURCES / "system.c"])
    programs = {source.stem: [source] for source in (ROOT / "user" / "bin").glob("*.c")}
    programs["sh"] = sorted((ROOT / "user" / "sh").glob("*.c"))
    for name, sources in programs.items():
        objects = compile_to(FOLDER / "programs" / name, sources, *RENAMED)
        compile_user(root / "bin" / name, *objects, *calls, *library())
    return root


@cache
def library_test() -> Path:
    flags = [flag for flag in RENAMED if flag != "-DUSER_FORMAT_CHECKS"]
    sources = sorted((ROOT / "user" / "lib").glob("*.c"))
    objects = compile_to(FOLDER / "test", sources, *flags)
    sources = [SOURCES / "test_library.c", *objects]
    return compile_user(FOLDER / "test_library", "-I", SOURCES, *sources, "-lcmocka")
