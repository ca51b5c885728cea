"""Benchmarks of the wall clock on real machines, short: what they count, and what a batch holds. How
long things take is no matter for a test, where others run beside it."""

from __future__ import annotations

import pytest

from bench.host.errors import BenchError
from bench.host.measured import Benchmark
from bench.host.running import boot_rounds
from bench.host.running.machine import BUILD
from bench.host.running.measure import Places, Settings, plan
from bench.host.running.protocol import measure
from tests.bench.guest.benchmark_machine import QEMU, VARIANTS, reuses, shares

PLACES = Places(build=BUILD, initrd=BUILD / "bench.img", qemu=QEMU, time_limit=120)
BATCH = 1_000_000  # nanoseconds
WORK = 40_000_000


def boot(variant: str, bench: str, harts: int = 1, **parameters: str) -> dict[str, Benchmark]:
    """What one boot measures."""
    settings, planned = boot_rounds.plan(
        variant, Settings(bench=bench, parameters=parameters), PLACES, harts
    )
    boots = boot_rounds.boots_of(variant, settings, PLACES, planned, harts, 1)
    assert len(boots) == 1
    return {found.name: found for found in measure(boots[0].config).benchmarks}


@pytest.mark.parametrize("variant", VARIANTS)
def test_samples_are_batches(variant: str) -> None:
    found = boot(variant, "null,fork_exit,write_copy,write_last", pages="64")
    operations = {"null": 1, "fork_exit/pages:64": 1, "write_copy/pages:64": 64}
    operations["write_last/pages:64"] = 64
    assert found.keys() == operations.keys()
    for name, benchmark in found.items():
        assert benchmark.first is None and benchmark.rejected == 0
        assert 1 <= len(benchmark.samples) <= 10
        for sample in benchmark.samples:
            assert sample.cycles is not None and sample.cycles >= BATCH
            assert sample.ops == sample.values["regions"] * operations[name]
    # No region is as short as the cost of reading the clock, which is subtracted.
    null = found["null"].samples[0]
    assert null.cycles is not None and null.cycles / null.ops > 50
    assert null.values["regions"] > 20


@pytest.mark.parametrize("variant", VARIANTS)
def test_counters_are_sums_over_the_batch(variant: str) -> None:
    found = boot(variant, "fork_exit,write_copy,write_last", pages="64")
    for sample in found["fork_exit/pages:64"].samples:
        assert sample.counters["forks"] == sample.counters["exits"] == sample.ops
    for sample in found["write_copy/pages:64"].samples:
        assert sample.counters["faults_copy"] == (sample.ops if shares(variant) else 0)
    for sample in found["write_last/pages:64"].samples:
        reused, copied = sample.counters["faults_reuse"], sample.counters["faults_copy"]
        assert reused + copied == (sample.ops if shares(variant) else 0)
        assert (reused > 0) == reuses(variant)


@pytest.mark.parametrize("harts", [1, 2])
@pytest.mark.parametrize("variant", VARIANTS)
def test_all_harts_work_at_once(variant: str, harts: int) -> None:
    found = boot(variant, "smp_*", harts=harts)
    assert found.keys() == {
        f"{family}/harts:{harts}/sharing:{sharing}"
        for family in ("smp_fork", "smp_fault")
        for sharing in (0, 1)
    }
    for name, benchmark in found.items():
        for sample in benchmark.samples:
            counters = sample.counters
            assert sample.cycles is not None and sample.cycles >= BATCH
            assert 0 <= sample.values["late_nanoseconds"] < 2 * WORK * sample.values["regions"]
            assert sample.ops >= harts * sample.values["regions"]
            if name.startswith("smp_fork"):
                assert counters["forks"] == counters["exits"] == sample.ops
                assert counters["faults_copy"] + counters["faults_reuse"] <= sample.ops + harts
                continue
            assert counters["faults_copy"] == (sample.ops if shares(variant) else 0)
            assert counters["faults_reuse"] == counters["forks"] == 0
            # A worker's hart is its own: it is given one when it is told the moment, and once the
            # result is read; else only a tick takes it away, and for nobody else.
            regions = sample.values["regions"]
            waits = 3 * (harts + 1) * regions
            assert (harts + 1) * regions <= counters["switches"] <= waits + counters["ticks"]


def in_use(benchmark: Benchmark) -> int:
    """Frames in use when the work is done, without the copies that it made; as 0 less the free ones."""
    counters = benchmark.samples[-1].counters
    return -counters["frames_free"] - counters["pages_copied"]


@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if shares(variant)])
def test_workers_share_pages_or_have_their_own(variant: str) -> None:
    found = boot(variant, "smp_*", harts=2)
    for family, pages in (("smp_fork", 256), ("smp_fault", 4096)):
        own, shared = (in_use(found[f"{family}/harts:2/sharing:{s}"]) for s in (0, 1))
        # Own pages need page tables, too; shared ones, frames for their counts in cow-hash.
        assert abs(own - shared - 2 * pages) < 100


def test_families_of_the_other_clock_are_not_there() -> None:
    missing = '"memory" selects no benchmark of this clock .* is measured without CLOCK=wall'
    with pytest.raises(BenchError, match=missing):
        boot("eager", "memory")
    settings = Settings(bench="smp_fork")
    missing = 'BENCH: "smp_fork" selects no benchmark of this clock .*, needs CLOCK=wall'
    with pytest.raises(BenchError, match=missing):
        plan("eager", settings, PLACES)


def test_workers_that_do_not_fit_are_refused() -> None:
    settings = Settings(bench="smp_fault", parameters={"harts": "8"}, memory="64M")
    with pytest.raises(BenchError, match="smp_fault/harts:8/sharing:0 does not fit into memory"):
        boot_rounds.plan("eager", settings, PLACES, None)
