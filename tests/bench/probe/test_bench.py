"""make bench PROBE=1, as it is typed: the probe counts what the machine's clock counts, in every sample of
every benchmark, and the same again in every run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.host.cores import names
from bench.host.measured import Sample
from bench.host.running.machine import ROOT
from bench.host.running.probe import instructions
from bench.host.stored.check import load
from tests.guest.guest_machine import any_variant, first_variants

COUNT_ONLY = {"capacity", "memory", "metadata"}  # samples without a region
WORDS = ["PROBE=1", "REPEAT=1", "PAGES=16"]


def bench(out: Path, *words: str) -> None:
    command = [str(ROOT / "cowshed"), "bench", f"OUT={out}", *WORDS, *words]
    subprocess.run(command, cwd=ROOT, check=True, timeout=500, stdout=subprocess.DEVNULL)


def check_makespan(sample: Sample) -> None:
    """Of two harts: not less than half of what they execute, and not more than all of it."""
    whole = sample.values["instructions"]
    assert sample.cycles is not None and whole / 2 <= sample.cycles <= whole


@pytest.mark.parametrize("variant", first_variants())
def test_instructions_are_those_of_the_clock(variant: str, tmp_path: Path) -> None:
    bench(tmp_path, f"VARIANT={variant}", "CPUS=2")
    found = load(tmp_path / f"{variant}.json")
    assert sorted(found.context["cores"]) == names()
    families = {path.stem for path in (ROOT / "bench/guest").glob("*.c")}
    timed = [each for each in found.benchmarks.values() if each.timed]
    # Benchmarks with other heaps than 16 pages are left out by PAGES.
    assert {each.family for each in timed} >= families - COUNT_ONLY - {"prefork", "latency"}
    for each in timed:
        for sample in each.samples:
            if "quantum" in each.parameters:
                check_makespan(sample)
                continue
            assert instructions(sample.events) == sample.cycles, each.name
            assert sample.events["user/instructions"] > 0, each.name


def test_two_runs_see_the_same(tmp_path: Path) -> None:
    variant = any_variant()
    for folder in ("one", "other"):
        bench(tmp_path / folder, f"VARIANT={variant}", "BENCH=fork,write_copy,fork_exec")
    one, other = (
        (tmp_path / folder / f"{variant}.json").read_bytes() for folder in ("one", "other")
    )
    assert one == other and b'"event_rows"' in one
