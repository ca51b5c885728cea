"""Verify results."""

from __future__ import annotations

import argparse
import json
import os
from fnmatch import fnmatchcase
from itertools import zip_longest
from pathlib import Path

from rich.console import Console

from bench.host.analysis import verify
from bench.host.errors import BenchError, complain
from bench.host.running import arguments, measure
from bench.host.running.measure import Settings
from bench.host.running.progress import ProgressDisplay
from bench.host.running.protocol import full_name
from bench.host.stored import results
from bench.host.stored.check import load_named
from bench.host.stored.collection import names_in
from bench.host.stored.results import Results, summarize
from bench.host.variants import check_variant

HELP = "Measure again, and compare with stored results bit for bit."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_variant(parser)
    arguments.add_bench(parser)
    parser.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="the results to verify, with the settings that they were measured with (default: "
        "results/)",
    )
    parser.add_argument(
        "--usual-layout",
        action="store_true",
        help="leave out the further layouts of memory and image",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where the new measurement goes (default: build/verify/)",
    )
    arguments.add_machines(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    folder = (options.results or options.root / "results").resolve()
    out = (options.out or options.root / "build" / "verify").resolve()
    if out == folder:
        raise BenchError(f"{folder} holds what is to be verified: choose another folder for OUT")
    arguments.check_out(out, options.root / "build" / "verify", options.root / "results")
    stored = _stored(options, folder)
    arguments.check_bench(options.root, options.bench)
    if options.check_words:
        return 0
    settings = {variant: _settings(result, options.bench) for variant, result in stored.items()}
    _say_what_differs(options, stored, console)
    layouts = [
        variant
        for variant, result in stored.items()
        if len(result.context["layouts"]) > 1 and not options.usual_layout
    ]
    jobs, needs = measure.prepare(settings, arguments.places(options), options.machines, layouts)

    equal = all([_csv_agrees(folder / f"{variant}.csv", console) for variant in stored])
    with ProgressDisplay(console, jobs) as progress:
        for variant, runs in measure.run_jobs(jobs, options.machines, progress):
            if isinstance(runs, BenchError):
                complain(runs)
                equal = False
                continue
            described = arguments.described(options, variant, settings[variant])
            document = results.document(described, runs, needs)
            results.store(out, document)
            equal &= _verdict(options, stored[variant], summarize(document), console)
    where = os.path.relpath(out, options.root)
    console.print(f"Measured into {where}/; {os.path.relpath(folder, options.root)}/ is as it was.")
    return 0 if equal else 1


def _stored(options: argparse.Namespace, folder: Path) -> dict[str, Results]:
    """The results to verify; each must be whole, and of a variant that is there."""
    there = names_in(folder)
    if not there:
        raise BenchError(f"{folder} holds no results yet: run make bench")
    wanted = list(dict.fromkeys(options.variant or there))
    for variant in wanted:
        check_variant(options.root, variant)
        if variant not in there:
            raise BenchError(
                f"{folder} holds no results of {variant}: run make bench VARIANT={variant}"
            )
    stored = {variant: load_named(folder / f"{variant}.json") for variant in wanted}
    for variant, result in stored.items():
        if result.context["unit"] != "instructions":
            raise BenchError(
                f"{folder / variant}.json is of the wall clock, under which no two runs are the same: "
                "only results of the exact clock can be verified"
            )
    return stored


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
    options: argparse.Namespace, stored: dict[str, Results], console: Console
) -> None:
    """Before anything runs: what was made otherwise, apart from the tools."""
    for variant, result in stored.items():
        here = arguments.described(options, variant, _settings(result, None))
        for key, what in (("source", "the sources"), ("flags", "the flags of the compiler")):
            if result.context[key] != here[key]:
                console.print(
                    f"note: {variant}: {what} are not those of the stored results; either they give "
                    "the same numbers, or the results must be measured again (make bench)"
                )


def _csv_agrees(file: Path, console: Console) -> bool:
    """Whether the table holds what the JSON file beside it holds."""
    document = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    try:
        found = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        console.print(f"{file}: cannot be read: {error}")
        return False
    expected = results.to_csv(document).splitlines()
    for line, (one, other) in enumerate(zip_longest(found, expected, fillvalue="nothing"), 1):
        if one != other:
            console.print(f"{file}: line {line} is {one}, but {file.stem}.json says {other}")
            return False
    return True


def _verdict(options: argparse.Namespace, old: Results, new: Results, console: Console) -> bool:
    """Say how the new measurement compares with the stored one."""
    tools = verify.other_tools(old, new)
    tolerance = verify.OTHER_TOOLS if tools else 0.0
    for text in tools:
        console.print(f"{new.variant}: other tools: {text}")
    part = None
    if options.bench or options.usual_layout:
        part = list(dict.fromkeys([*_selected(options, old), *new.summaries]))
    found = list(verify.differences(old, new, part=part, tolerance=tolerance))
    for line in verify.lines(found):
        console.print(line)
    count = len(new.summaries)
    how = f"within {tolerance:.0%}" if tolerance else "bit for bit"
    if not found:
        console.print(f"{new.variant}: {count} benchmarks are the same, {how}")
        return True
    places = len({one.name for one in found})
    console.print(f"{new.variant}: {places} of {count} benchmarks differ ({how}), see above")
    return False


def _selected(options: argparse.Namespace, old: Results) -> list[str]:
    """The stored benchmarks that should have been measured again."""
    globs = (options.bench or "*").split(",")
    return [
        summary.name
        for summary in old.summaries.values()
        if not (options.usual_layout and summary.layout)
        and any(
            fnmatchcase(name, glob)
            for glob in globs
            for name in (summary.family, full_name(summary.family, summary.parameters))
        )
    ]
