"""What make builds: the commands here ask it, whatever make they were started by."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from bench.host.errors import BenchError
from bench.host.options import Options
from bench.host.program import TIED
from bench.host.running.machine import BUILD, ROOT

POWER_CUTS = "power-cut-programs"
TURNS = "build/turns.so"
PLUGINS = ("build/probe.so", TURNS)
JOBS = len(os.sched_getaffinity(0))  # what nproc says


class BuildError(BenchError):
    """Something does not build, or a package is missing. Who found out has said why, so the message is short."""


def environment() -> dict[str, str]:
    """Without what a make that this program was started by has for its own children."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
    } | {"PYTHON": sys.executable}


def make(options: Options, *goals: str, out: TextIO | None = None, **variables: str) -> None:
    """Make these targets, with variables of the Makefile; one make at a time: two would write the same
    files. All that it says goes to `out`, and single steps are only shown without one. Raises
    BuildError."""
    steps = "1" * (out is None and not options.quiet)
    words = {"PYTHON": sys.executable, "VERBOSE": "1" * options.verbose, "STEPS": steps}
    command = [*_command(*goals), *_typed(words | variables)]
    (BUILD / "run").mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    with open(BUILD / "run" / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status = run(command, stdout=out)
    if status != 0:
        raise BuildError("it does not build")


def _command(*goals: str) -> list[str]:
    return [*TIED, "make", "-s", f"-j{JOBS}", *goals]


def _typed(variables: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in variables.items()]


def run(command: list[str], **more: object) -> int:
    """Run a program that removes what it has half written, when it gets SIGTERM; gives its status."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, **more  # type: ignore[call-overload]
    )
    try:
        return int(process.wait())
    except BaseException:
        process.terminate()
        process.wait()
        raise


def setup(*groups: str) -> None:
    """Look for what these groups need. Raises BuildError, after set-up said what is missing."""
    if groups and run(["tools/setup.sh", *groups]) != 0:
        raise BuildError("")


def flags(lazy: bool) -> str:
    """The compiler's flags for kernels, which results record."""
    command = [*_command("flags"), *_typed({"KERNEL": "any+lazy"} if lazy else {})]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(f"make does not say its flags: {done.stderr}")
    return done.stdout.strip()


def kernel(
    variant: str,
    *,
    lazy: bool = False,
    debug: bool = False,
    layouts: bool = False,
) -> str:
    """The target of a kernel, or of that and of its further layouts."""
    words = [variant, *["lazy"] * lazy, *["debug"] * debug]
    return "+".join(["layouts" if layouts else "kernel", *words])


def test_goals(variants: Sequence[str]) -> list[str]:
    """What the tests of these variants need built."""
    kinds: list[dict[str, bool]] = [
        {},
        {"debug": True},
        {"lazy": True},
        {"lazy": True, "debug": True},
    ]
    kernels = [kernel(variant, **kind) for variant in variants for kind in kinds]
    disks = [f"build/{name}.img" for name in ("tests", "bench", "root")]
    return [*kernels, *disks, POWER_CUTS, *PLUGINS]
