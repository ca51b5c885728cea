"""bench/phases.toml over the kernels that are measured: each instruction has a phase, the right one, and each
entry has instructions."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from bench.host.attribution import phases
from bench.host.attribution.located import Located, locate
from bench.host.measured import PHASES, Sample
from bench.host.running.machine import BUILD, ROOT
from bench.host.running.measure import Places, Settings, jobs_of, plan
from bench.host.running.probe import Probe
from bench.host.running.protocol import Run, measure
from bench.host.variants import all_variants
from tests.bench.guest.benchmark_machine import QEMU, VARIANTS, shares
from tests.guest.guest_machine import variants_under_test
from tests.mutations.mutation import Edit, Mutation
from tests.mutations.run import NOT_COPIED, apply, make

FORK, COPY, LAST = range(3)
PAGES = 1024  # of the benchmark's heap
COPY_LEAST = 1024  # instructions that copy a page: a load and a store for each 8 bytes
COPY_MOST = COPY_LEAST + 32  # with the call and the loop

NOTHING = range(0, 1)
# Instructions of each phase of a fault. Narrow enough that a part of the code which is counted to another
# phase is outside of one of the two.
COPYING = {
    "entry": range(45, 60),
    "lookup": range(40, 60),
    "allocate": range(40, 90),
    "copy": range(COPY_LEAST, COPY_MOST + 1),
    "count": range(10, 120),
    "map": range(5, 10),
    "flush": range(10, 20),
    "exit": range(25, 40),
    "other": range(30, 80),
}
REUSING = COPYING | {
    "allocate": NOTHING,
    "copy": NOTHING,
    "count": range(3, 12),
    "map": range(2, 5),
    "flush": range(1, 2),
    "other": range(10, 45),
}
STORING = dict.fromkeys(PHASES, NOTHING) | {"other": range(1, 2)}


def run_of(variant: str, build: Path = BUILD) -> Run:
    """Two samples of each kind, with all their instructions."""
    settings = Settings(bench=phases.FAMILY, repeat=2)
    probe = Probe(BUILD / "probe.so", ())
    places = Places(build, BUILD / "bench.img", QEMU, 60, probe)
    planned = plan(variant, settings, places)
    (job,) = jobs_of(variant, settings, places, planned)
    return measure(job.config, watched_by=job.probe)


def kernel_of(variant: str, build: Path = BUILD) -> Path:
    return build / variant / "kernel.elf"


@cache
def profiles_of(variant: str) -> list[list[Located]]:
    run = run_of(variant)
    kernel = kernel_of(variant)
    return [locate(each, kernel, BUILD, phases.FAMILY) for each in run.profiles.values()]


@cache
def samples_of(variant: str) -> dict[int, list[Sample]]:
    """By kind, with their phases."""
    run = run_of(variant)
    phases.add_to(run, kernel_of(variant))
    return {each.parameters["kind"]: each.samples for each in run.benchmarks}


def phases_of(sample: Sample) -> dict[str, int]:
    return {name: sample.named[f"instructions_{name}"] for name in PHASES}


@pytest.mark.parametrize("variant", variants_under_test())
def test_each_instruction_has_a_phase(variant: str) -> None:
    """A new variant's functions need entries, too."""
    assert len(profiles_of(variant)) == 9  # a first iteration and two samples of each kind
    for located in profiles_of(variant):
        _, unknown = phases.split(phases.load(ROOT), located)
        assert not unknown, "these functions have no phase in bench/phases.toml"


@pytest.mark.parametrize("variant", variants_under_test())
def test_phases_are_the_whole(variant: str) -> None:
    for samples in samples_of(variant).values():
        for sample in samples:
            assert sum(phases_of(sample).values()) == sample.cycles
            assert not sample.values


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_phase_of_a_fault_is_where_it_belongs(variant: str) -> None:
    for kind in (COPY, LAST):
        copies = kind == COPY or variant == "cow-array"
        expected = (COPYING if copies else REUSING) if shares(variant) else STORING
        for sample in samples_of(variant)[kind]:
            found = phases_of(sample)
            wrong = {n: t for n, t in found.items() if t not in expected[n]}
            assert not wrong, f"kind {kind}: {found}"


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_phase_of_a_fork_is_where_it_belongs(variant: str) -> None:
    for sample in samples_of(variant)[FORK]:
        found = phases_of(sample)
        pages = sample.counters["pages_shared"] + sample.counters["pages_copied"]
        assert PAGES < pages < PAGES + 64
        each = {name: found[name] / pages for name in PHASES}
        assert 2 <= each["map"] <= 6, found
        if shares(variant):
            assert 3 <= each["lookup"] <= 6, found
            assert 3 <= each["count"] <= 40, found
            assert 200 <= found["allocate"] <= 500, found  # tables only
            assert found["copy"] == 0, found
        else:
            assert 8 <= each["lookup"] <= 12, found
            assert COPY_LEAST <= each["copy"] <= COPY_MOST, found
            assert 20 <= each["allocate"] <= 45, found
            assert found["count"] == 0, found
        assert 10 <= found["flush"] <= 20, found
        assert 60 <= found["entry"] <= 90, found
        assert 25 <= found["exit"] <= 40, found
        assert 300 <= found["other"] <= 500, found


@pytest.mark.skipif(
    variants_under_test() != all_variants(ROOT), reason="each variant needs some of the entries"
)
def test_each_entry_has_instructions() -> None:
    table = phases.load(ROOT)
    for variant in variants_under_test():
        for located in profiles_of(variant):
            phases.split(table, located)
    assert [str(rule) for rule in table.rules if rule not in table.used] == []


PLANTED = Mutation(
    name="planted",
    what="a function that no phase knows, in another file",
    edits=(
        Edit(
            "kernel/proc/exec.c",
            '#include "proc/exec.h"\n',
            '#include "proc/exec.h"\nvoid planted(void);\nvoid planted(void) {}\n',
        ),
        Edit(
            "kernel/sys/trap.c",
            "    if (is_page_fault(cause))\n        serve_user",
            "    extern void planted(void);\n    planted();\n"
            "    if (is_page_fault(cause))\n        serve_user",
        ),
    ),
)


@pytest.mark.needs("cow-array")
def test_a_function_without_a_phase_is_seen(tmp_path: Path) -> None:
    """Its instructions are other, and nothing else is."""
    root = tmp_path / "sources"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    apply(PLANTED, root)
    make(root, "build", "VARIANT=cow-array")
    run = run_of("cow-array", root / "build")
    kernel = kernel_of("cow-array", root / "build")
    located = locate(run.profiles[4], kernel, BUILD, phases.FAMILY)
    found, unknown = phases.split(phases.load(root), located)
    assert [(place.function, place.file) for place in unknown] == [
        ("planted", "kernel/proc/exec.c")
    ]
    phases.add_to(run, kernel)
    assert phases_of(run.benchmarks[COPY].samples[0]) == found
