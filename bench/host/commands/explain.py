"""Explain where the instructions of a benchmark go."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from bench.host.errors import BenchError
from bench.host.running import arguments

HELP = "Tell each instruction of a benchmark by function, and estimated cycles."
CORE = "u74"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--variant", metavar="NAME", help="a folder of variants/")
    parser.add_argument("--a", metavar="NAME", help="in its place two variants, to be compared")
    parser.add_argument("--b", metavar="NAME", help="the second one")
    parser.add_argument(
        "--bench", type=arguments.patterns, metavar="NAME", help="a benchmark: fork/pages:1024"
    )
    parser.add_argument("--core", default=CORE, metavar="NAME", help="of the estimated cycles")
    parser.add_argument("--lines", action="store_true", help="by line in place of by function")
    parser.add_argument("--format", choices=("terminal", "markdown", "csv"), default="terminal")
    arguments.add_machines(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    # Imported here: they read more than the check of the words needs.
    from dataclasses import replace

    from bench.host import cores
    from bench.host.attribution.explain import explain
    from bench.host.display import explanation
    from bench.host.running.probe import Probe

    variants = _variants(options)
    if not options.bench:
        raise BenchError("which benchmark? BENCH= the name of one, such as fork/pages:1024")
    arguments.check_bench(options.root, options.bench)
    core = cores.load(options.core)
    if options.check_words:
        return 0
    plugin = options.root / "build" / "probe.so"
    places = replace(arguments.places(options), probe=Probe(plugin, (core.geometry(),)))
    grid = explain(variants, options.bench, core, places, options.root, options.lines)
    if options.format == "terminal" and console.is_terminal:
        explanation.show(console, grid)
    else:
        make = {
            "terminal": explanation.text,
            "markdown": explanation.markdown,
            "csv": explanation.to_csv,
        }[options.format]
        sys.stdout.write(make(grid))
    return 0


def _variants(options: argparse.Namespace) -> list[str]:
    if options.variant:
        if options.a or options.b:
            raise BenchError(
                "VARIANT= explains one variant, A= and B= compare two: give one of these"
            )
        return [options.variant]
    if not options.a or not options.b:
        raise BenchError("which variant? VARIANT= one, or A= and B= two to be compared")
    if options.a == options.b:
        raise BenchError(f"A and B are the same, {options.a}: there is nothing to compare")
    return [options.a, options.b]
