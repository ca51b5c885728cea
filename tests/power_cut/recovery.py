"""Looks at a disk after a cut: fsck, the kernel's own recovery, the tree, and fsck once more."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.host.running.machine import BUILD, Disk, MachineConfig, Outcome, boot_arguments, run

from .cuts import Cut, cut
from .model import Entry, Tree
from .workload import Workload
from .write_log import WriteLog, read_write_log

FSCK = BUILD / "tools" / "fsck"
TIME_LIMIT = 60.0  # seconds

# How often the recovery's power is cut, too.
SECOND_CUT = 0.25


@dataclass(frozen=True)
class Verdict:
    """What became of a cut."""

    number: int
    cuts: list[Cut]  # the second is of the recovery from the first
    fault: str  # what is wrong; empty: nothing
    last_boot: list[str]  # its console


class Lost(Exception):
    """Something is wrong with the disk; the message says what."""


def check_cut(workload: Workload, number: int, folder: Path) -> Verdict:
    """Cut the workload's power in a way that depends on the number, and look what is left. The
    folder is used for the disk."""
    random = Random(f"{workload.settings.seed}/{number}")
    at = _moment(workload.log, random)
    first = cut(workload.base, workload.log, at, random)
    again = random.random() < SECOND_CUT
    machine = _Machine(workload, folder)
    cuts = [first]
    try:
        tree = machine.recover(first.image, log=again)
        _compare(workload, tree, at)
        if again:
            log = read_write_log(machine.log)
            second = cut(first.image, log, _early_moment(log, random), random)
            cuts.append(second)
            if machine.recover(second.image, log=False) != tree:
                raise Lost("the second recovery found another tree than the first")
    except Lost as lost:
        return Verdict(number, cuts, str(lost), machine.console)
    return Verdict(number, cuts, "", machine.console)


def _moment(log: WriteLog, random: Random) -> int:
    """Any moment of the log; mostly one at which something can be lost."""
    risky = [at for at, entry in enumerate(log.entries, 1) if not entry.flush]
    if not risky or random.random() < 0.1:
        return random.randint(0, len(log.entries))
    return random.choice(risky)


def _early_moment(log: WriteLog, random: Random) -> int:
    """Mostly before the second flush: by then a recovery has done what matters."""
    flushes = [at for at, entry in enumerate(log.entries, 1) if entry.flush]
    if len(flushes) < 2 or random.random() < 0.3:
        return _moment(log, random)
    return random.randint(0, flushes[1])


class _Machine:
    """Starts machines from a disk after a cut."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        self.workload = workload
        self.image = folder / "cut.img"
        self.log = folder / "cut.log"
        self.console: list[str] = []

    def recover(self, image: bytes, log: bool) -> Tree:
        self.image.write_bytes(image)
        _fsck(self.image, "--replay")
        outcome = run(self._config(log))
        self.console = outcome.lines
        if outcome.status != 0:
            end = "timed out" if outcome.timed_out else f"status {outcome.status}"
            raise Lost(f"the machine that was started from it ended with {end}")
        if notes := _fsck(self.image):
            raise Lost(f"a note of fsck after the recovery: {notes}")
        return tree_of(outcome)

    def _config(self, log: bool) -> MachineConfig:
        if log:
            self.log.write_bytes(b"")
        disk = Disk(self.image, write_log=self.log if log else None, durable=False)
        return MachineConfig(
            kernel=Path(self.workload.settings.kernel),
            disks=(disk,),
            bootargs=boot_arguments("/tree", *self.workload.settings.directories()),
            memory="64M",
            free_running=True,
            time_limit=TIME_LIMIT,
        )


def _fsck(image: Path, *options: str) -> str:
    """What fsck notes. Faults are an error."""
    done = subprocess.run([FSCK, *options, image], capture_output=True, text=True)
    if done.returncode != 0:
        raise Lost(f"fsck {' '.join(options)}: {done.stdout}{done.stderr}")
    return done.stdout


def tree_of(outcome: Outcome) -> Tree:
    """What guest/tree.c printed."""
    tree: Tree = {}
    for line in outcome.lines:
        match line.split():
            case ["end"]:
                return tree
            case ["file" | "directory" | "device" as kind, path, links, size, checksum]:
                tree[path] = Entry(kind, int(links), int(size), int(checksum, 16))
    raise Lost("the tree on the console has no end")


def _compare(workload: Workload, tree: Tree, at: int) -> None:
    for script, done in zip(workload.scripts, workload.done_before(at)):
        own = {path: entry for path, entry in tree.items() if script.owns(path)}
        if script.explanation(own, done) is None:
            raise Lost(difference(script.worker, own, script.trees(done), done))
    unknown = set(tree) - {path for path in tree if any(s.owns(path) for s in workload.scripts)}
    if unknown - {"/shared"}:
        raise Lost(f"unknown names: {' '.join(sorted(unknown))}")


def difference(worker: int, tree: Tree, trees: list[Tree], done: int) -> str:
    """How the tree differs from what is most like it of what it may be."""

    def wrong(other: Tree) -> list[str]:
        return [
            f"  {path}: {tree.get(path)}, not {other.get(path)}"
            for path in sorted(set(tree) | set(other))
            if tree.get(path) != other.get(path)
        ]

    nearest = min(map(wrong, trees), key=len)
    return f"worker {worker}, {done} operations done: its tree is none that it may be\n" + (
        "\n".join(nearest)
    )
