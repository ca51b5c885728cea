"""What a machine is made of: a kernel, and a disk. make knows how; this asks it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.running.machine import BUILD, ROOT, Disk, MachineConfig, boot_arguments, kernel_path
from tools.machines.settings import Settings

INIT = "/init"
SHELL = "/bin/sh"
SCRIPT = "/run.sh"  # on the disk of a machine for one command


class BuildError(BenchError):
    """Something does not build. Who found out has said why, so the message is short."""


def make(*arguments: str) -> None:
    """Run make in the project's folder. What it says goes to standard error: standard output is
    the machine's alone. Raises BuildError."""
    # Options of the make that may have started this program are not meant for this one.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS")}
    command = ["make", "-s", "--no-print-directory", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    if done.returncode != 0:
        raise BuildError("it does not build, so no machine was started")


def words(settings: Settings) -> list[str]:
    """The settings that say what to build, for make."""
    programs = " ".join(str(path.resolve()) for path in settings.programs)
    return [
        f"VARIANT={settings.variant}",
        f"LAZY={'1' if settings.lazy else ''}",
        f"DEBUG={'1' if settings.debug else ''}",
        f"PROGS={programs}",
    ]


def machine(settings: Settings, disk: Path, *arguments: str, **options: object) -> MachineConfig:
    """A machine of these settings in real time, with `disk` for its root. The arguments are init's;
    without any it starts the shell. A flush of the disk does not wait for the host's own, which would
    take most of the time of programs that write many small files."""
    virtio = settings.disk == "virtio"
    return MachineConfig(
        kernel=kernel_path(settings.variant, debug=settings.debug, lazy=settings.lazy),
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


@contextmanager
def machine_for(settings: Settings, command: str, **options: object) -> Iterator[MachineConfig]:
    """Build, and give a machine that runs a command in its shell and ends with its status.

    The command is a script on the machine's disk, since boot arguments are cut at spaces. The disk
    is this machine's own, and gone in the end.
    """
    with scratch() as folder:
        script, disk = folder / "script", folder / "disk.img"
        script.write_bytes(os.fsencode(command) + b"\n")
        make("build", "script-disk", f"SCRIPT={script}", f"SCRIPT_DISK={disk}", *words(settings))
        yield machine(settings, disk, SHELL, SCRIPT, **options)
