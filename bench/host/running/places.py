"""Where measuring takes its machines from, and leaves its results; and what is refused of both."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.host.cores import Core
from bench.host.options import Options, VariableError
from bench.host.running import context
from bench.host.running.images import images
from bench.host.running.measure import Job, Places, Settings
from bench.host.running.probe import Probe


def places(options: Options, *watched: Core) -> Places:
    """With the probe, where there are cores to simulate."""
    build = options.root / "build"
    geometries = tuple(core.geometry() for core in watched)
    probe = Probe(plugin(options), geometries) if watched else None
    return Places(build, build / "bench.img", options.qemu, options.machine_seconds, probe)


def plugin(options: Options) -> Path:
    return options.root / "build" / "probe.so"


def check_bench(root: Path, globs: str | None) -> None:
    """Refuse what can be no benchmark, before anything is built. The runner itself knows more."""
    families = [path.stem for path in sorted((root / "bench" / "guest").glob("*.c"))]
    for glob in globs.split(",") if globs and families else ():
        literal = re.split(r"[/*?]", glob)[0]
        whole = literal == glob or glob[len(literal)] == "/"
        if not any(name == literal if whole else name.startswith(literal) for name in families):
            raise VariableError(
                f"there is no benchmark {glob!r}; those that exist: {', '.join(families)}"
            )


def check_out(folder: Path, usual: Path, results: Path) -> None:
    """Refuse a folder for results where they cannot be written, or where others belong: results/
    has what is committed."""
    if folder != usual and folder in (results, results / "lazy"):
        raise VariableError(
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
        raise VariableError(f"results cannot go to {folder}: {error.strerror}") from None
    finally:
        for path in reversed(made):
            path.rmdir()


def described(
    options: Options, variant: str, settings: Settings, jobs: Iterable[Job], *watched: Core
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
        cores={core.name: core.shape() for core in watched},
    )
