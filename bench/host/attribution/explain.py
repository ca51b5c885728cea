"""Explain a benchmark: watch it, and make tables and pictures of what was seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.host.attribution import flame, phases
from bench.host.attribution.rows import pairs, rows
from bench.host.attribution.watched import Watched, watch
from bench.host.cores import Core
from bench.host.display import explanation
from bench.host.errors import BenchError
from bench.host.measured import Results
from bench.host.running import probe
from bench.host.running.measure import Places
from bench.host.stored.check import load_named
from bench.host.stored.results import write_all
from bench.host.text import number
from bench.host.variants import check_variant


def explain(
    variants: Sequence[str], name: str, core: Core, places: Places, root: Path, lines: bool
) -> explanation.Grid:
    """Of one variant, or the difference between two."""
    for variant in variants:
        check_variant(root, variant)
    assert places.probe is not None
    if reason := probe.missing(places.probe.plugin, places.qemu):
        raise BenchError(f"only the probe can tell instructions, and QEMU cannot run it: {reason}")
    with ThreadPoolExecutor() as pool:
        watched = list(pool.map(lambda v: watch(v, name, places, stored(v, root)), variants))
    notes = [note for each in watched for note in notes_of(each, root)]
    notes.append(f"estimated cycles: of {core.name}; they give an order and ratios, never time")
    for each in watched:
        out = picture_path(root, each)
        out.parent.mkdir(parents=True, exist_ok=True)
        write_all({out: flame.draw(each, core)})
        notes.append(f"flame graph: {out.relative_to(root)}")
    tables = [rows(each.located, core, root, lines) for each in watched]
    benchmark, sample = watched[0].benchmark, watched[0].sample
    unit = explanation.Unit(benchmark.unit, sample.ops)
    if len(watched) == 1:
        title = (
            f"{benchmark.name} of {variants[0]}: {number(sample.time)} instructions per {unit.name}"
        )
        return explanation.explained(title, tables[0], unit, notes)
    title = f"{benchmark.name} of {variants[1]}, compared with {variants[0]}"
    return explanation.compared(title, (variants[0], variants[1]), pairs(*tables), unit, notes)


def picture_path(root: Path, watched: Watched) -> Path:
    name = re.sub("[/:]", "-", watched.benchmark.name)
    return root / "build" / "explain" / f"{watched.variant}-{name}.svg"


def notes_of(watched: Watched, root: Path) -> list[str]:
    """The phases, if it is a fork or a write fault; and whether the results have the same number."""
    return [
        *_phases(watched, root),
        *_median(watched),
        *_stored(watched, stored(watched.variant, root)),
    ]


def _phases(watched: Watched, root: Path) -> list[str]:
    """All instructions belong to one, or there are none. Of the benchmark of phases, what does not."""
    found, unknown = phases.split(phases.load(root), watched.located)
    if not unknown:
        parts = ", ".join(f"{phase} {number(count)}" for phase, count in found.items() if count)
        return [f"phases of {watched.variant}: {parts}"]
    if watched.benchmark.family != phases.FAMILY:
        return []
    names = ", ".join(f"{place.function} ({place.file})" for place in unknown)
    return [f"without a phase in bench/phases.toml, and counted as other: {names}"]


def _median(watched: Watched) -> list[str]:
    median, time = watched.benchmark.time(), watched.sample.time
    if median == time:
        return []
    return [
        f"the median of {watched.variant}, {number(median)}, is between two samples; this is the one "
        f"with {number(time)}"
    ]


def stored(variant: str, root: Path) -> Results | None:
    path = root / "results" / f"{variant}.json"
    return load_named(path) if path.exists() else None


def _stored(watched: Watched, results: Results | None) -> list[str]:
    variant, name = watched.variant, watched.benchmark.name
    if results is None:
        return [f"no results of {variant} to compare with: make bench VARIANT={variant}"]
    recorded, now = results.time(name), watched.benchmark.time()
    if recorded is None:
        return [f"results/{variant}.json has no {name}"]
    if recorded == now:
        return [f"results/{variant}.json has the same number, {number(recorded)}"]
    why = "with the same kernel and disk" if watched.same_images else "with another kernel or disk"
    return [
        f"NOT THE STORED NUMBER: results/{variant}.json has {number(recorded)} for {name}, measured "
        f"{why}; this run {number(now)}. To measure again: make bench VARIANT={variant}"
    ]
