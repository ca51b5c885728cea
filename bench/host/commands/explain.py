"""Explain where the instructions of a benchmark go."""

from __future__ import annotations

import sys

from rich.console import Console

from bench.host import cores
from bench.host.options import Options, VariableError
from bench.host.running import places
from bench.host.variants import check_variant


def check(options: Options) -> list[str]:
    """Refuse what makes no sense, before anything is built; gives the variants."""
    cores.load(options.core)
    if not options.bench:
        raise VariableError("BENCH= is missing: the name of a benchmark, such as fork/pages:1024")
    places.check_bench(options.root, options.bench)
    variants = _variants(options)
    for variant in variants:
        check_variant(options.root, variant)
    return variants


def _variants(options: Options) -> list[str]:
    if options.variants:
        if options.a or options.b or len(options.variants) > 1:
            raise VariableError(
                "VARIANT= explains one variant, A= and B= compare two: give one of these"
            )
        return list(options.variants)
    if not options.a and not options.b:
        return [options.variant]
    if not options.a or not options.b:
        raise VariableError("A= and B= are two variants to be compared: one is missing")
    if options.a == options.b:
        raise VariableError(f"A and B are the same, {options.a}: there is nothing to compare")
    return [options.a, options.b]


def run(options: Options, console: Console) -> int:
    from bench.host.attribution.explain import explain
    from bench.host.display import explanation

    variants, core = check(options), cores.load(options.core)
    watched = places.places(options, core)
    grid = explain(variants, str(options.bench), core, watched, options.root, options.lines)
    form = options.format or "terminal"
    if form == "terminal" and console.is_terminal:
        explanation.show(console, grid)
    else:
        make = {
            "terminal": explanation.text,
            "markdown": explanation.markdown,
            "csv": explanation.to_csv,
        }[form]
        sys.stdout.write(make(grid))
    return 0
