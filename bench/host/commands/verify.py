"""Measure again, and compare with stored results bit for bit."""

from __future__ import annotations

import os
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.host.analysis import verify
from bench.host.errors import BenchError, complain
from bench.host.measured import Results, fits
from bench.host.options import Options, VariableError
from bench.host.running import measure, places
from bench.host.running.measure import Settings
from bench.host.running.progress import ProgressDisplay
from bench.host.stored import results
from bench.host.stored.check import load_named
from bench.host.stored.collection import differences, filled, folder_of, names_in, other_images
from bench.host.variants import check_variant


def check(options: Options) -> list[tuple[str, bool]]:
    """Refuse what makes no sense, before anything is built; gives the variants, and whether the heap of
    each is lazy."""
    folder, out = _folders(options)
    if out == folder:
        raise VariableError(f"OUT={folder} holds what is to be verified: choose another folder")
    places.check_out(out, options.root / "build" / "verify", options.root / "results")
    places.check_bench(options.root, options.bench)
    stored = _stored(options, folder)
    return [(variant, result.context["heap"] == "lazy") for variant, result in stored.items()]


def _folders(options: Options) -> tuple[Path, Path]:
    """The results to verify, and where the new ones go."""
    usual = folder_of(options.root, options.lazy)
    return (options.results or usual).resolve(), (
        options.out or options.root / "build" / "verify"
    ).resolve()


def run(options: Options, console: Console) -> int:
    check(options)
    folder, out = _folders(options)
    stored = _stored(options, folder)
    settings = {variant: _settings(result, options.bench) for variant, result in stored.items()}
    layouts = [
        variant
        for variant, result in stored.items()
        if len(result.context["layouts"]) > 1 and not options.usual_layout
    ]
    jobs, needs = measure.prepare(settings, places.places(options), options.machines, layouts)

    contexts = {v: places.described(options, v, settings[v], jobs) for v in stored}
    _say_what_differs(stored, contexts, console)
    equal = all([_csv_agrees(folder / f"{v}.csv", found, console) for v, found in stored.items()])
    with ProgressDisplay(console, jobs) as progress:
        for variant, runs in measure.run_jobs(jobs, options.machines, progress):
            if isinstance(runs, BenchError):
                complain(runs, "verify")
                equal = False
                continue
            found = results.gathered(contexts[variant], runs, needs)
            results.store(out, found)
            equal &= _verdict(options, stored[variant], found, console)
    where = os.path.relpath(out, options.root)
    console.print(f"Measured into {where}/; {os.path.relpath(folder, options.root)}/ is as it was.")
    return 0 if equal else 1


def _stored(options: Options, folder: Path) -> dict[str, Results]:
    """The results to verify; each must be whole, and of a variant that is there."""
    there = names_in(filled(folder))
    wanted = list(dict.fromkeys(options.variants or there))
    for variant in wanted:
        check_variant(options.root, variant)
        if variant not in there:
            raise BenchError(
                f"{folder} holds no results of {variant}: run make bench VARIANT={variant}"
            )
    return {variant: load_named(folder / f"{variant}.json") for variant in wanted}


def _settings(result: Results, bench: str | None) -> Settings:
    """With which it was measured; of all benchmarks, or those that are asked for."""
    words = dict(word.split("=", 1) for word in result.context["arguments"])
    return Settings(
        lazy=result.context["heap"] == "lazy",
        memory=result.context["memory"],
        bench=bench or words.pop("bench", None),
        repeat=int(words.pop("repeat")) if "repeat" in words else None,
        parameters={key: value for key, value in words.items() if key != "bench"},
    )


def _say_what_differs(
    stored: dict[str, Results], contexts: dict[str, dict[str, Any]], console: Console
) -> None:
    """Before anything is measured: what was made otherwise, apart from the tools."""
    for variant, result in stored.items():
        here = Results(variant, contexts[variant], {})
        unlike = other_images(result, here)
        unlike += ["flags of the compiler"] if differences(result, here, ["flags"]) else []
        if unlike:
            console.print(
                f"note: {variant}: not what the stored results were measured with: "
                f"{', '.join(unlike)}; either they give the same numbers, or the results must be "
                "measured again (make bench)"
            )


def _csv_agrees(file: Path, result: Results, console: Console) -> bool:
    """Whether the table holds the medians of the JSON file beside it."""
    try:
        found = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        console.print(f"{file}: cannot be read: {error}")
        return False
    expected = results.to_csv(result).splitlines()
    if found[:1] != expected[:1]:
        console.print(
            f"{file}: is not the table of medians of {file.stem}.json (older versions wrote one row per "
            f"value); make bench VARIANT={file.stem} writes both files again"
        )
        return False
    for line, (one, other) in enumerate(zip_longest(found, expected, fillvalue="nothing"), 1):
        if one != other:
            console.print(f"{file}: line {line} is {one}, but {file.stem}.json says {other}")
            return False
    return True


def _verdict(options: Options, old: Results, new: Results, console: Console) -> bool:
    """Say how the new measurement compares with the stored one."""
    tools = verify.other_tools(old, new)
    tolerance = verify.OTHER_TOOLS if tools else 0.0
    for text in tools:
        console.print(f"{new.variant}: other tools: {text}")
    part = None
    if options.bench or options.usual_layout:
        part = list(dict.fromkeys([*_selected(options, old), *new.benchmarks]))
    found = list(verify.differences(old, new, part=part, tolerance=tolerance))
    for line in verify.lines(found):
        console.print(line)
    count = len(new.benchmarks)
    how = f"within {tolerance:.0%}" if tolerance else "bit for bit"
    if not found:
        console.print(f"{new.variant}: {count} benchmarks are the same, {how}")
        return True
    places = len({one.name for one in found})
    console.print(f"{new.variant}: {places} of {count} benchmarks differ ({how}), see above")
    return False


def _selected(options: Options, old: Results) -> list[str]:
    """The stored benchmarks that should have been measured again."""
    patterns = (options.bench or "*").split(",")
    members = old.usual() if options.usual_layout else old.benchmarks.values()
    return [each.name for each in members if fits(patterns, each.family, each.usual_name)]
