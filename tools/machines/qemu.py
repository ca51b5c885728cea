"""make qemu and make qemu-gdb: a machine on this terminal, until Ctrl-A x or `poweroff`."""

from __future__ import annotations

import filecmp
import os
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from bench.host.options import Options, VariableError
from bench.host.running.machine import BUILD, ROOT
from tools.machines import build

FOLDER = BUILD / "qemu"
DEFINITIONS = Path("tools/machines/kernel.gdb")  # what gdb learns about this kernel
FIRST_PORT, PORTS = 26000, 1000  # where gdb connects by default: a port for each user


def start(wanted: Options, gdb: bool = False) -> NoReturn:
    """Become QEMU."""
    port = free_port(wanted.gdb_port) if gdb else 0
    config = replace(build.machine(wanted, _disk(wanted, FOLDER)), terminal=True)
    if gdb:
        config = replace(config, extra=("-S", "-gdb", f"tcp:127.0.0.1:{port}"))
        commands = config.kernel.parent / ".gdbinit"
        commands.write_text(gdb_commands(config.kernel, port))
        say("the machine waits for gdb; in a second terminal, in this folder, type")
        say(f"    gdb-multiarch -x {commands.relative_to(ROOT)}")
    say("Ctrl-A x ends the machine, as the command poweroff does")
    command = config.command()
    os.execvp(command[0], command)


def start_with_gdb(wanted: Options) -> NoReturn:
    start(wanted, gdb=True)


def say(text: str, out: object = None) -> None:
    print(f"qemu: {text}", file=out or sys.stdout, flush=True)  # type: ignore[call-overload]


def _disk(wanted: Options, folder: Path) -> Path:
    """The disk to boot from. A RAM disk is a new one each time; what is written to a virtio disk
    is there again the next time, until another system is built."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / "new.img"
    shutil.copyfile(build.build(wanted, build.FOLDERS), new)
    return new if wanted.disk == "ram" else keep(new, folder)


def keep(new: Path, folder: Path) -> Path:
    """The disk that is kept: the one of the last time if that began as the same system as `new`.
    Otherwise it is set aside, if anything was written to it, and a copy of `new` takes its place.
    """
    disk, system, aside = folder / "disk.img", folder / "system.img", folder / "disk.old.img"
    if disk.exists() and system.exists() and filecmp.cmp(new, system, shallow=False):
        return disk
    if disk.exists() and not (system.exists() and filecmp.cmp(disk, system, shallow=False)):
        disk.replace(aside)
        say(f"the system was built anew: a fresh disk; yours is kept as {_short(aside)}")
    copy = folder / "disk.new.img"
    shutil.copyfile(new, copy)
    copy.replace(disk)
    new.replace(system)
    return disk


def _short(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def free_port(wanted: int | None) -> int:
    """The port that was asked for, which must be free, or a free one from the user's own on."""
    first = FIRST_PORT + os.getuid() % PORTS
    for port in [wanted] if wanted else range(first, first + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError as error:
                why = error.strerror
    raise VariableError(f"GDB_PORT={port} cannot be used: {why}")


def gdb_commands(kernel: Path, port: int) -> str:
    """What gdb is to do first."""
    return f"""# Written by make qemu-gdb; use it as: gdb-multiarch -x {_short(kernel.parent)}/.gdbinit
set architecture riscv:rv64
set confirm off
file {kernel}
directory {ROOT}
source {ROOT / DEFINITIONS}
target remote 127.0.0.1:{port}
"""
