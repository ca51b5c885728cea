"""What a machine is made of: a kernel, and a disk. make knows how; this asks it."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.running.machine import BUILD, ROOT, Disk, MachineConfig, boot_arguments, kernel_path
from tools import programs
from tools.machines.settings import Settings

INIT = "/init"
SHELL = "/bin/sh"
SCRIPT = "/run.sh"  # on the disk of a machine for one command


class BuildError(BenchError):
    """Something does not build. Who found out has said why, so the message is short."""


def make(*arguments: str, verbose: bool = False) -> None:
    """Run make in the project's folder, one at a time: two would write the same files. What it says
    goes to standard error: standard output is the machine's alone. Raises BuildError."""
    # Options of the make that may have started this program are not meant for this one.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS")}
    command = ["make", *([] if verbose else ["-s"]), "--no-print-directory", *arguments]
    (BUILD / "run").mkdir(parents=True, exist_ok=True)
    with open(BUILD / "run" / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
        )
    if done.returncode != 0:
        raise BuildError("it does not build, so no machine was started")


def build(settings: Settings, target: str, *arguments: str) -> None:
    """Build the kernel of these settings, and a disk with their programs."""
    if not kernel_of(settings).exists():
        print(f"building {settings.variant}; the first time takes some seconds", file=sys.stderr)
    words = [
        f"V={'1' if settings.verbose else ''}",
        f"VARIANT={settings.variant}",
        f"LAZY={'1' if settings.lazy else ''}",
        f"DEBUG={'1' if settings.debug else ''}",
        f"PROGS={programs.text_of(settings.programs)}",
    ]
    make("build", target, *words, *arguments, verbose=settings.verbose)


def kernel_of(settings: Settings) -> Path:
    return kernel_path(settings.variant, debug=settings.debug, lazy=settings.lazy)


def machine(settings: Settings, disk: Path, *arguments: str, **options: object) -> MachineConfig:
    """A machine of these settings in real time, with `disk` for its root. The arguments are init's;
    without any it starts the shell. A flush of the disk does not wait for the host's own, which would
    take most of the time of programs that write many small files."""
    virtio = settings.disk == "virtio"
    return MachineConfig(
        kernel=kernel_of(settings),
        initrd=None if virtio else disk,
        disks=(Disk(disk, durable=False),) if virtio else (),
        bootargs=boot_arguments(INIT, *arguments),
        memory=settings.memory,
        harts=settings.cpus,
        clock="wall",
        **options,  # type: ignore[arg-type]
    )


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of build/ that is gone in the end."""
    (BUILD / "run").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="one-", dir=BUILD / "run") as folder:
        yield Path(folder)


def folders_for(command: str) -> str:
    """The folders that a command names, of those which a disk can do without."""
    named = re.findall(r"(?<![\w.-])(bench|tests)(?![\w.-])", command)
    return " ".join(sorted(set(named)))


@contextmanager
def machine_for(settings: Settings, command: str, **options: object) -> Iterator[MachineConfig]:
    """Build, and give a machine that runs a command in its shell and ends with its status.

    The command is a script on the machine's disk, since boot arguments are cut at spaces. The disk
    is this machine's own, and gone in the end. It has no benchmarks and tests that the command
    does not name.
    """
    with scratch() as folder:
        script, disk = folder / "script", folder / "disk.img"
        script.write_bytes(os.fsencode(command) + b"\n")
        words = [f"SCRIPT={script}", f"SCRIPT_DISK={disk}", f"FOLDERS={folders_for(command)}"]
        build(settings, "script-disk", *words)
        yield machine(settings, disk, SHELL, SCRIPT, **options)
