"""Estimate the cycles of benchmarks on a core."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from rich.console import Console

from bench.host.analysis import cost
from bench.host.cores import Core, load
from bench.host.display import cost as display
from bench.host.errors import BenchError
from bench.host.measured import Benchmark, Results
from bench.host.options import Options
from bench.host.running import measure, places
from bench.host.running.progress import ProgressDisplay
from bench.host.stored import results
from bench.host.stored.collection import load_all
from bench.host.variants import check_variant

# What is shown without BENCH.
USUAL = (
    "null,fork/pages:0,fork/pages:4096,fork_exit/pages:0,fork_exit/pages:4096,fork_exec/pages:0,"
    "write_copy/pages:4096,write_last/pages:4096"
)


def run(options: Options, console: Console) -> int:
    core = load(options.core)
    new = measured(options, core, console) if to_simulate(options) else {}
    rows = list(estimates(chosen(options) | new, core, options.bench or USUAL))
    if not rows:
        raise BenchError(f"BENCH={options.bench} selects no benchmark that is timed")
    display.show(core, rows, options.format or "terminal", console)
    return 0


def chosen(options: Options) -> dict[str, Results]:
    stored = load_all(options.root / "results")
    for variant in options.variants:
        check_variant(options.root, variant)
        if variant not in stored:
            raise BenchError(f"no results of {variant}: run make bench VARIANT={variant} PROBE=1")
    return {v: found for v, found in stored.items() if v in (options.variants or stored)}


def to_simulate(options: Options) -> list[str]:
    """The variants whose results have no events of a core with this geometry."""
    core = load(options.core)
    return [
        variant
        for variant, found in chosen(options).items()
        if cost.simulated_as(found, core) is None
    ]


def measured(options: Options, core: Core, console: Console) -> dict[str, Results]:
    """Of a core that no stored results know: what is asked for is run again, and not stored."""
    variants = to_simulate(options)
    settings = {v: measure.Settings(bench=options.bench or USUAL) for v in variants}
    where = places.places(options, core)
    jobs, needs = measure.prepare(settings, where, options.machines, ())
    found = {}
    with ProgressDisplay(console, jobs) as progress:
        for variant, runs in measure.run_jobs(jobs, options.machines, progress):
            if isinstance(runs, BenchError):
                raise runs
            context = places.described(options, variant, settings[variant], jobs, core)
            found[variant] = results.gathered(context, runs, needs)
    return found


def estimates(found: dict[str, Results], core: Core, patterns: str) -> Iterator[display.Estimate]:
    """By benchmark, then variant."""
    names = dict.fromkeys(name for each in found.values() for name in each.benchmarks)
    for name in names:
        for variant, each in found.items():
            benchmark = each.benchmarks.get(name)
            simulated = cost.simulated_as(each, core)
            if benchmark is None or simulated is None or not selected(benchmark, patterns):
                continue
            if parts := cost.stack(benchmark, core, simulated):
                yield display.Estimate(
                    name, variant, benchmark.unit, benchmark.time() or 0.0, parts
                )


def selected(benchmark: Benchmark, patterns: str) -> bool:
    return not benchmark.layout and any(
        fnmatchcase(name, pattern)
        for pattern in patterns.split(",")
        for name in (benchmark.name, benchmark.family)
    )
