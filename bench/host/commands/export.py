"""Write the results of a variant in the format of Google Benchmark."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from bench.host.errors import BenchError
from bench.host.options import Options
from bench.host.stored.check import load_named, variables_of
from bench.host.stored.collection import folder_of, names_in
from bench.host.stored.export import EXPORTED, to_google
from bench.host.stored.results import write_all
from bench.host.variants import check_variant


def run(options: Options, console: Console) -> int:
    folder = folder_of(options.root, options.lazy)
    variant: str = options.variant
    if variant not in names_in(folder):
        check_variant(options.root, variant)
        raise BenchError(
            f"no results of {variant} in {folder}: run make bench VARIANT={variant}"
            f"{variables_of(folder)}"
        )
    text = to_google(load_named(folder / f"{variant}.json"))
    usual = options.root / "build" / "export" / folder.relative_to(options.root / "results")
    out: Path = options.out or usual / f"{variant}.json"
    if options.out is None:
        usual.mkdir(parents=True, exist_ok=True)
    elif not out.parent.is_dir():
        raise BenchError(f"{out}: there is no folder {out.parent} to write it into")
    elif out.is_file() and not EXPORTED.match(out.read_bytes()[:100]):
        raise BenchError(
            f"{out} is no export, and what is in it would be lost: give another file with OUT=, or "
            "move that one away"
        )
    write_all({out: text})
    console.print(f"{os.path.relpath(out)}: written")
    return 0
