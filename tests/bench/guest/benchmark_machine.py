"""Benchmarks on real machines, each as `make bench` runs it."""

from __future__ import annotations

from pathlib import Path

from bench.host.measured import Benchmark
from bench.host.running.machine import BUILD
from bench.host.running.measure import Places, Settings, jobs_of, merged, plan
from bench.host.running.protocol import Run, measure
from bench.host.stored.results import gathered, to_json
from tests.guest.guest_machine import variants_under_test

QEMU = "qemu-system-riscv64"

# The variants that come with the project: what they count is known. One that a user begins may
# decide otherwise.
VARIANTS = [
    variant
    for variant in variants_under_test()
    if variant in ("eager", "cow-array", "cow-hash", "cow-reuse")
]


def shares(variant: str) -> bool:
    return variant != "eager"


def reuses(variant: str) -> bool:
    """Whether a write by the last owner makes no copy."""
    return variant in ("cow-hash", "cow-reuse")


def run_of(
    variant: str,
    family: str,
    *,
    repeat: int = 2,
    memory: str = Settings.memory,
    lazy: bool = False,
    build: Path = BUILD,
    image: Path | None = None,
    **parameters: str,
) -> Run:
    """What a machine measures of one family. Values of an axis are a list, such as "0,100"."""
    settings = Settings(
        lazy=lazy, memory=memory, bench=family, parameters=parameters, repeat=repeat
    )
    places = Places(build=build, initrd=image or BUILD / "bench.img", qemu=QEMU, time_limit=60)
    planned = plan(variant, settings, places)
    return merged([measure(j.config) for j in jobs_of(variant, settings, places, planned)])


def benchmarks_of(variant: str, family: str, **options: object) -> dict[str, Benchmark]:
    """The same, by what follows the family in the names; without axes that is ""."""
    run = run_of(variant, family, **options)  # type: ignore[arg-type]
    return {b.name.removeprefix(family).removeprefix("/"): b for b in run.benchmarks}


def text_of(variant: str, family: str, **options: object) -> str:
    """All that is measured, as a file of results has it."""
    run = run_of(variant, family, **options)  # type: ignore[arg-type]
    return to_json(gathered({"variant": variant, "unit": "instructions"}, {0: run}, {}))


def time_of(benchmark: Benchmark) -> int:
    """Of the last sample, over all operations."""
    cycles = benchmark.samples[-1].cycles
    assert cycles is not None
    return cycles


def counters_of(benchmark: Benchmark) -> dict[str, int]:
    """Of any sample: those that are tested here are alike in all."""
    return benchmark.samples[-1].counters


def peak_of(benchmark: Benchmark) -> int:
    return benchmark.samples[-1].values["frames_peak"]
