"""What a machine is made of: a kernel, and a disk. make knows how; this asks it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bench.host.options import Options
from bench.host.running.machine import BUILD, ROOT, Disk, MachineConfig, boot_arguments, kernel_path
from tools import make
from tools.programs import write_rules

INIT = "/init"
SHELL = "/bin/sh"
FOLDERS = ("bench", "tests")  # which a disk can do without
SCRIPT = "/run.sh"  # on the disk of a machine for one command


def build(options: Options, folders: tuple[str, ...], **variables: str) -> Path:
    """Build the kernel of a machine, and a disk with the system, these folders of it and the machine's
    programs; gives that, or the SCRIPT_DISK that is asked for. What make says goes to standard error:
    standard output is the machine's alone."""
    if not kernel_of(options).exists():
        print(f"building {options.variant}; the first time takes some seconds", file=sys.stderr)
    kernel = make.kernel(options.variant, lazy=options.lazy, debug=options.debug)
    return system(options, folders, kernel, out=sys.stderr, **variables)


def system(
    options: Options,
    folders: tuple[str, ...],
    *goals: str,
    out: TextIO | None = None,
    **variables: str,
) -> Path:
    """Build a disk with the system, as `build` does, and other targets with it."""
    run = str(write_rules(options.programs)) if options.programs else ""
    name = "root" if folders == FOLDERS else "-".join(["system", *folders])
    disk = f"{run or 'build'}/{name}.img"
    words = {"RUN": run, "SYSTEM_DISK": disk, "FOLDERS": " ".join(folders)} | variables
    goal = variables.get("SCRIPT_DISK", disk)
    make.make(options, *goals, goal, out=out, SYSTEM_SIZE=options.disk_size, **words)
    return ROOT / goal


def kernel_of(wanted: Options) -> Path:
    return kernel_path(wanted.variant, debug=wanted.debug, lazy=wanted.lazy)


def machine(wanted: Options, disk: Path, *arguments: str, **options: object) -> MachineConfig:
    """A machine of these settings in real time, with `disk` for its root. The arguments are init's;
    without any it starts the shell. A flush of the disk does not wait for the host's own, which would
    take most of the time of programs that write many small files."""
    virtio = wanted.disk == "virtio"
    return MachineConfig(
        kernel=kernel_of(wanted),
        initrd=None if virtio else disk,
        disks=(Disk(disk, durable=False),) if virtio else (),
        bootargs=boot_arguments(INIT, *arguments),
        memory=wanted.memory,
        harts=wanted.harts,
        free_running=True,
        **options,  # type: ignore[arg-type]
    )


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of build/ that is gone in the end."""
    (BUILD / "run").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="one-", dir=BUILD / "run") as folder:
        yield Path(folder)


def folders_for(command: str) -> tuple[str, ...]:
    """The folders that a command names, of those which a disk can do without."""
    named = re.findall(r"(?<![\w.-])(bench|tests)(?![\w.-])", command)
    return tuple(sorted(set(named)))


@contextmanager
def machine_for(wanted: Options, command: str, **options: object) -> Iterator[MachineConfig]:
    """Build, and give a machine that runs a command in its shell and ends with its status.

    The command is a script on the machine's disk, since boot arguments are cut at spaces. The disk
    is this machine's own, and gone in the end. It has no benchmarks and tests that the command
    does not name.
    """
    with scratch() as folder:
        script, disk = folder / "script", folder / "disk.img"
        script.write_bytes(os.fsencode(command) + b"\n")
        build(wanted, folders_for(command), SCRIPT=str(script), SCRIPT_DISK=str(disk))
        yield machine(wanted, disk, SHELL, SCRIPT, **options)
