"""Runs a workload on a disk, and keeps all that cuts of its power need: in a folder of its own.

    base.img    the disk before
    log         all writes and flushes of the disk
    done.json   the workload's arguments, and what it had said to be done, and when
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.host.running.machine import BUILD, Disk, MachineConfig, boot_arguments, run

from .model import SHARED, SMALL_LOG, Script, make_script
from .write_log import WriteLog, read_write_log

MKFS = BUILD / "tools" / "mkfs"
PROGRAMS = BUILD / "power-cut-root"  # work and tree
DISK_SIZE = "3M"
TIME_LIMIT = 100.0  # seconds


class WorkloadError(Exception):
    """The workload itself did not do what it was told to, with no power cut at all."""


@dataclass(frozen=True)
class Settings:
    """One workload."""

    kernel: str
    seed: str
    workers: int = 4
    rounds: int = 12
    operations: int = 6  # of each worker in each round
    harts: int = 4
    log_blocks: int = 252

    def scripts(self) -> list[Script]:
        count, small = self.rounds * self.operations, self.log_blocks < SMALL_LOG
        return [
            make_script(worker, self.seed, count, large=worker == 0, small_log=small)
            for worker in range(self.workers)
        ]

    def directories(self) -> list[str]:
        return [f"/w{worker}" for worker in range(self.workers)] + [SHARED]


@dataclass(frozen=True)
class Done:
    """What a worker had done when the log had so many bytes, or fewer."""

    log_size: int
    worker: int
    operations: int


@dataclass(frozen=True)
class Workload:
    """One that has run."""

    folder: Path
    settings: Settings
    scripts: list[Script]
    log: WriteLog
    done: list[Done]  # in their order

    @property
    def base(self) -> bytes:
        return (self.folder / "base.img").read_bytes()

    def done_before(self, at: int) -> list[int]:
        """For each worker, how many operations were done when so many entries of the log had
        begun. It may have been more: what is said is heard a little later."""
        counts = [0] * len(self.scripts)
        for done in self.done:
            if self.log.entries_within(done.log_size) <= at:
                counts[done.worker] = max(counts[done.worker], done.operations)
        return counts


def load(folder: Path) -> Workload:
    """One that ran before."""
    kept = json.loads((folder / "done.json").read_text())
    settings = Settings(**kept["settings"])
    done = [Done(*values) for values in kept["done"]]
    return Workload(folder, settings, settings.scripts(), read_write_log(folder / "log"), done)


def run_workload(settings: Settings, folder: Path) -> Workload:
    """Run one in a folder that is made for it."""
    folder.mkdir(parents=True)
    scripts = settings.scripts()
    make_disk(folder, settings, scripts)
    done = _run(settings, folder)
    kept = {"settings": asdict(settings), "done": [list(asdict(each).values()) for each in done]}
    (folder / "done.json").write_text(json.dumps(kept))
    return load(folder)


def make_disk(folder: Path, settings: Settings, scripts: list[Script]) -> None:
    root = folder / "root"
    shutil.copytree(PROGRAMS, root)
    for directory in settings.directories():
        (root / directory[1:]).mkdir()
    (root / "ops").mkdir()
    for script in scripts:
        (root / "ops" / str(script.worker)).write_text(script.text)
    image = folder / "base.img"
    options = ["--size", DISK_SIZE, "--log", str(settings.log_blocks), "--device", "/console:1:0"]
    subprocess.run([MKFS, *options, image, root], check=True)
    shutil.rmtree(root)


def _run(settings: Settings, folder: Path) -> list[Done]:
    image, log = folder / "work.img", folder / "log"
    shutil.copy(folder / "base.img", image)
    log.touch()
    counts = map(str, (settings.workers, settings.rounds, settings.operations))
    config = MachineConfig(
        kernel=Path(settings.kernel),
        disks=(Disk(image, write_log=log, durable=False),),
        bootargs=boot_arguments("/work", *counts),
        memory="64M",
        harts=settings.harts,
        free_running=True,
        time_limit=TIME_LIMIT,
    )
    done: list[Done] = []
    reading, writing = os.pipe()

    # After a round the workload waits for the answer, so then it has got no further than what it
    # has said.
    def hear(line: str) -> None:
        match line.split():
            case ["done", worker, number]:
                done.append(Done(log.stat().st_size, int(worker), int(number) + 1))
            case ["round", _]:
                size = log.stat().st_size
                done.extend([Done(size, each.worker, each.operations) for each in latest(done)])
                os.write(writing, b"\n")

    try:
        outcome = run(config, hear, stdin=reading)
    finally:
        os.close(reading)
        os.close(writing)
    if outcome.status != 0:
        end = "timed out" if outcome.timed_out else f"status {outcome.status}"
        console = "\n".join(outcome.lines[-20:])
        raise WorkloadError(f"the workload {settings.seed} failed ({end}):\n{console}")
    image.unlink()
    return done


def latest(done: list[Done]) -> list[Done]:
    """The last of each worker."""
    return list({each.worker: each for each in done}.values())
