"""Command-line options of all that runs machines, and how their values look."""

from __future__ import annotations

import argparse
import os
import re
from typing import Any

from bench.host.running import context
from bench.host.running.measure import Places, Settings

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
        default=os.environ.get("QEMU") or "qemu-system-riscv64",
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
        "--flags", default="", help="its flags, to record them; those with paths are left out"
    )


def places(options: argparse.Namespace) -> Places:
    build = options.root / "build"
    return Places(build, build / "bench.img", options.qemu, options.time_limit)


def described(options: argparse.Namespace, variant: str, settings: Settings) -> dict[str, Any]:
    """The context of the results of a variant."""
    return context.describe(
        options.root,
        variant=variant,
        lazy=settings.lazy,
        memory=settings.memory,
        arguments=settings.arguments(),
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


def parameter(text: str) -> tuple[str, str]:
    name, equals, values = text.partition("=")
    if not equals or not re.fullmatch(r"[a-z_]+", name) or name in RESERVED:
        raise argparse.ArgumentTypeError(f"{text!r} is not a parameter such as percent=0,50")
    return name, numbers(values)


def harts(text: str) -> int:
    if not re.fullmatch(r"[1-8]", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of harts from 1 to 8")
    return int(text)


def positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 999999")
    return int(text)
