"""Measure variants from built kernels, and write results/."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bench.host.benchmarks import load
from bench.host.commands.bench import exact, real_time
from bench.host.errors import BenchError
from bench.host.options import Options, VariableError
from bench.host.running import measure, places
from bench.host.variants import all_variants


def check(options: Options) -> measure.Settings:
    """Refuse what makes no sense, before anything is built; gives what to measure."""
    settings = _settings(options)
    load(options.root)  # a file that cannot be read would be met when all is measured
    _folder(options, settings)
    return settings


def variants_of(options: Options) -> tuple[str, ...]:
    found = options.variants or tuple(all_variants(options.root))
    if not found:
        raise BenchError(f"{options.root}/variants holds no variant (a folder with a variant.h)")
    return found


def run(options: Options, console: Console) -> int:
    settings = check(options)
    measure_by = real_time.run if options.clock == "wall" else exact.run
    folder = _folder(options, settings)
    return measure_by(options, variants_of(options), settings, folder, console)


def _folder(options: Options, settings: measure.Settings) -> Path:
    folder_of = real_time.folder_of if options.clock == "wall" else exact.folder_of
    return folder_of(options, settings)


def _settings(options: Options) -> measure.Settings:
    if options.clock != "wall" and (options.bench_harts or 1) > 1:
        raise VariableError(
            f"CPUS={options.bench_harts} needs the wall clock (CLOCK=wall): the exact clock counts the "
            "instructions of one hart"
        )
    places.check_bench(options.root, options.bench)
    if options.pages and "pages" in options.parameters:
        raise VariableError(
            f"pages is given twice: PAGES={options.pages}, and PARAMS has {options.parameters['pages']}"
        )
    return measure.Settings(
        lazy=options.lazy,
        memory=options.memory,
        bench=options.bench,
        parameters=({"pages": options.pages} if options.pages else {}) | options.parameters,
        repeat=None if options.clock == "wall" else options.repeat,  # there it is boots
    )
