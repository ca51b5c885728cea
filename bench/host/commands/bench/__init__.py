"""Measure variants."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.host.benchmarks import load
from bench.host.commands.bench import exact, real_time
from bench.host.errors import BenchError
from bench.host.running import arguments, measure
from bench.host.running.boot_rounds import BOOTS, SEED
from bench.host.variants import all_variants, check_variant

HELP = "Measure variants from built kernels, and write results/."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_variant(parser)
    parser.add_argument(
        "--lazy",
        action="store_true",
        help="kernels with a lazy heap; results go to results/lazy/, and not into README.md",
    )
    parser.add_argument(
        "--memory",
        type=arguments.memory,
        default="512M",
        metavar="SIZE",
        help="memory of the machine, 64M to 4G (default: %(default)s)",
    )
    arguments.add_bench(parser)
    parser.add_argument(
        "--pages",
        type=arguments.numbers,
        metavar="LIST",
        help="heap sizes in pages, such as 0,1024 (default: as each benchmark has it)",
    )
    parser.add_argument(
        "--parameters",
        type=arguments.parameters,
        default={},
        metavar="LISTS",
        help="values of other parameters, such as 'percent=0,50 children=4'",
    )
    parser.add_argument(
        "--repeat",
        type=arguments.positive,
        metavar="N",
        help="samples of each benchmark (default: 100 for small heaps, fewer for large ones); under "
        f"the wall clock boots of each machine (default: {BOOTS})",
    )
    parser.add_argument(
        "--clock",
        choices=("icount", "wall"),
        default="icount",
        help="icount: exact, counts instructions; wall: real time, of repeated boots (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--harts",
        type=arguments.harts,
        metavar="N",
        help="harts of the machine, 1 to 8; more than 1 need the wall clock (default: 1, and the "
        "benchmarks of several harts on 1, 2 and 4)",
    )
    parser.add_argument(
        "--seed",
        type=arguments.positive,
        default=SEED,
        metavar="N",
        help="of the random order in which the wall clock boots variants (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where results go (default: results/, results/lazy/ with a lazy heap, and "
        "results/custom/ for a selection of benchmarks and for other settings)",
    )
    arguments.add_machines(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    root: Path = options.root
    variants = list(dict.fromkeys(options.variant or all_variants(root)))
    for variant in variants:
        check_variant(root, variant)
    if not variants:
        raise BenchError(f"{root}/variants holds no variant (a folder with a variant.h)")
    settings = _settings(options)
    load(root)  # a file that cannot be read would be met when all is measured
    clock = {"icount": exact, "wall": real_time}[options.clock]
    folder: Path = clock.folder_of(options, settings)
    if options.check_words:
        return 0
    status: int = clock.run(options, variants, settings, folder, console)
    return status


def _settings(options: argparse.Namespace) -> measure.Settings:
    if options.clock != "wall" and (options.harts or 1) > 1:
        raise BenchError(
            f"{options.harts} harts need the wall clock (CLOCK=wall): the exact clock counts the "
            "instructions of one"
        )
    arguments.check_bench(options.root, options.bench)
    parameters = {"pages": options.pages} if options.pages else {}
    if options.pages and "pages" in options.parameters:
        raise BenchError(f"pages is given twice: {options.pages} and {options.parameters['pages']}")
    parameters |= options.parameters
    return measure.Settings(
        lazy=options.lazy,
        memory=options.memory,
        bench=options.bench,
        parameters=parameters,
        repeat=None if options.clock == "wall" else options.repeat,  # there it is boots
    )
