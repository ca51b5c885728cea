"""Command-line options of all that runs machines, and how their values look."""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.host.errors import BenchError
from bench.host.running import context
from bench.host.running.images import images
from bench.host.running.machine import QEMU
from bench.host.running.measure import Job, Places, Settings

OF_THE_PROJECT = ("lazy", "wall")  # folders of results/ that are committed, or may be
RESERVED = ("bench", "family", "repeat", "plan")  # arguments of the runner with another meaning


def add_variant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--variant",
        action="append",
        metavar="NAME",
        help="a folder of variants/; may be given more than once (default: all)",
    )


def add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bench",
        type=patterns,
        metavar="GLOBS",
        help="names or families, with * and ?, with commas between (default: all)",
    )


def add_machines(parser: argparse.ArgumentParser) -> None:
    """How machines run; and what made the kernels, to record it."""
    parser.add_argument(
        "--time-limit",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="real time after which a machine is killed (default: %(default).0f)",
    )
    parser.add_argument(
        "--machines",
        type=positive,
        default=min(os.cpu_count() or 1, 4),
        metavar="N",
        help="machines that run at a time; changes no number (default: the CPUs, at most 4)",
    )
    parser.add_argument(
        "--qemu",
        default=QEMU,
        metavar="PROGRAM",
        help="QEMU (default: %(default)s)",
    )
    parser.add_argument(
        "--compiler",
        default="riscv64-unknown-elf-gcc",
        metavar="PROGRAM",
        help="the compiler that built the kernels, to record its version (default: %(default)s)",
    )
    parser.add_argument(
        "--check-words", action="store_true", help="only look whether the other words make sense"
    )
    parser.add_argument(
        "--flags", default="", help="its flags, to record them; those with paths are left out"
    )


def places(options: argparse.Namespace) -> Places:
    build = options.root / "build"
    return Places(build, build / "bench.img", options.qemu, options.time_limit)


def check_bench(root: Path, globs: str | None) -> None:
    """Refuse what can be no benchmark, before anything is built. The runner itself knows more."""
    families = [path.stem for path in sorted((root / "bench" / "guest").glob("*.c"))]
    for glob in globs.split(",") if globs and families else ():
        literal = re.split(r"[/*?]", glob)[0]
        whole = literal == glob or glob[len(literal)] == "/"
        if not any(name == literal if whole else name.startswith(literal) for name in families):
            raise BenchError(
                f"there is no benchmark {glob!r}; those that exist: {', '.join(families)}"
            )


def check_out(folder: Path, usual: Path, results: Path) -> None:
    """Refuse a folder for results where they cannot be written, or where others belong: results/
    has what is committed."""
    if folder != usual and folder in (results, *(results / name for name in OF_THE_PROJECT)):
        raise BenchError(
            f"{folder} is for results with other settings than these: leave out OUT (then they go to "
            f"{usual}), or choose another folder"
        )
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    made: list[Path] = []
    try:
        for path in reversed(missing):
            path.mkdir()
            made.append(path)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BenchError(f"results cannot go to {folder}: {error.strerror}") from None
    finally:
        for path in reversed(made):
            path.rmdir()


def described(
    options: argparse.Namespace, variant: str, settings: Settings, jobs: Iterable[Job]
) -> dict[str, Any]:
    """The context of the results of a variant that come from these machines, of all variants."""
    machines = [job.config for job in jobs if job.variant == variant]
    return context.describe(
        variant=variant,
        lazy=settings.lazy,
        memory=settings.memory,
        arguments=settings.arguments(),
        images=images(machines, options.root / "build"),
        flags=options.flags,
        compiler=options.compiler,
        qemu=options.qemu,
    )


def memory(text: str) -> str:
    match = re.fullmatch(r"([1-9][0-9]*)([MG])", text)
    mebibytes = int(match[1]) * {"M": 1, "G": 1024}[match[2]] if match else 0
    if not 64 <= mebibytes <= 4096:
        raise argparse.ArgumentTypeError(f"{text!r} is not a memory size from 64M to 4G")
    return text


def patterns(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_:/*?]+(,[a-z0-9_:/*?]+)*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of names such as fork*,null")
    return text


def numbers(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers such as 0,256")
    return text


def parameters(text: str) -> dict[str, str]:
    """Lists of values by name."""
    found: dict[str, str] = {}
    for word in text.split():
        name, equals, values = word.partition("=")
        if not equals or not re.fullmatch(r"[a-z_]+", name) or name in RESERVED:
            raise argparse.ArgumentTypeError(f"{word!r} is not a parameter such as percent=0,50")
        if name in found:
            raise argparse.ArgumentTypeError(f"{name} is given twice in {text!r}")
        found[name] = numbers(values)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a parameter such as percent=0,50")
    return found


def harts(text: str) -> int:
    if not re.fullmatch(r"[1-8]", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of harts from 1 to 8")
    return int(text)


def positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 999999")
    return int(text)
