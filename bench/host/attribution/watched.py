"""One sample of one benchmark, whose instructions the probe tells one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.host.attribution.located import Located, locate
from bench.host.errors import BenchError
from bench.host.measured import Benchmark, Number, Results, Sample
from bench.host.running import measure
from bench.host.running.images import images
from bench.host.running.protocol import Planned, Run
from bench.host.running.protocol import measure as run_machine

NAMES = 6  # in a line
GUESS = 1  # the sample behind the first iteration: most samples are equal


@dataclass(frozen=True)
class Watched:
    """The sample whose time is the median, with its instructions."""

    variant: str
    benchmark: Benchmark
    sample: Sample
    located: list[Located]
    same_images: bool  # kernel and disk are those of the stored results

    @property
    def instructions(self) -> int:
        return sum(each.count for each in self.located)


def watch(variant: str, name: str, places: measure.Places, stored: Results | None) -> Watched:
    """Run the benchmark on the machine that make bench runs it on; `places` has the probe.

    It runs alone, which takes the least time. Its number may then differ from the stored one, where frames
    come from what ran before (cow-hash). If the images are the same, all of its family run before it, as
    in make bench.
    """
    settings = measure.Settings(bench=name)
    planned = measure.plan(variant, settings, places)
    _check(name, planned)
    (job,) = measure.jobs_of(variant, settings, places, planned)
    same = stored is not None and _same_images(job, stored, places.build)
    found = _watched(job, name, GUESS, places.build, same)
    if not same or stored is None or stored.time(name) in (None, found.benchmark.time()):
        return found
    settings = measure.Settings(bench=planned[0].family)
    planned = measure.plan(variant, settings, places)
    before = planned[: [each.name for each in planned].index(name)]
    (job,) = measure.jobs_of(variant, settings, places, planned)
    guess = sum(each.samples + 1 for each in before) + GUESS
    return _watched(job, name, guess, places.build, same)


def _check(name: str, planned: Sequence[Planned]) -> None:
    if len(planned) > 1:
        names = [each.name for each in planned]
        more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        raise BenchError(
            f"BENCH={name} selects {', '.join(names[:NAMES])}{more}: give the name of one benchmark"
        )
    if not planned[0].timed:
        raise BenchError(f"{planned[0].name} has no time that could be explained")


def _same_images(job: measure.Job, stored: Results, build: Path) -> bool:
    recorded = stored.context["images"]
    return all(recorded.get(key) == image for key, image in images([job.config], build).items())


def _watched(job: measure.Job, name: str, guess: int, build: Path, same: bool) -> Watched:
    run = _run(job, guess)
    benchmark = next(each for each in run.benchmarks if each.name == name)
    sample = median(benchmark)
    samples = _numbered(run)
    number = next(i for i, each in enumerate(samples) if each is sample)
    if guess < len(samples) and samples[guess] == sample:
        number = guess
    else:
        run = _run(job, number)
    located = locate(run.profiles.get(number, []), job.config.kernel, build, benchmark.family)
    found = Watched(job.variant, benchmark, sample, located, same)
    # Several harts execute more than the cycles that they take.
    whole = sample.values.get("instructions", sample.cycles)
    if found.instructions != whole:
        raise BenchError(
            f"{name}: the probe has seen {found.instructions} instructions one by one, of {whole}"
        )
    return found


def _run(job: measure.Job, number: int) -> Run:
    assert job.probe is not None
    return run_machine(job.config, watched_by=replace(job.probe, profile=number))


def _numbered(run: Run) -> list[Sample]:
    """All samples of a machine, in the order of their numbers."""
    found: list[Sample] = []
    for each in run.benchmarks:
        found += [*([] if each.first is None else [each.first]), *each.samples]
    return found


def median(benchmark: Benchmark) -> Sample:
    """The sample whose time is the median, or the lower one of the middle."""

    def time(sample: Sample) -> Number:
        return sample.time

    return sorted(benchmark.samples, key=time)[(benchmark.repetitions - 1) // 2]
