"""smp_fork, smp_fault and smp_exit, as they are typed: exact on several harts, and what is told of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.host.measured import MOVED, WAITING, Results
from bench.host.running.machine import ROOT
from bench.host.stored.check import load
from tests.guest.guest_machine import any_variant, first_variants, variants_under_test

FAMILIES = "smp_fork,smp_fault,smp_exit"


def bench(out: Path, variant: str, *words: str) -> Results:
    command = [str(ROOT / "cowshed"), "bench", f"VARIANT={variant}", f"OUT={out}", *words]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300, stdout=subprocess.DEVNULL)
    return load(out / f"{variant}.json")


@pytest.mark.parametrize("variant", first_variants())
def test_several_harts_are_exact(variant: str, tmp_path: Path) -> None:
    """Beside whatever else the computer does: the other tests run at the same time."""
    words = (f"BENCH={FAMILIES}", "CPUS=4")
    found = bench(tmp_path / "one", variant, *words)
    bench(tmp_path / "other", variant, *words)
    one, other = ((tmp_path / each / f"{variant}.json").read_bytes() for each in ("one", "other"))
    assert one == other
    for each in found.benchmarks.values():
        for sample in each.samples:
            check(sample.cycles or 0, sample.values, sample.events, counts=variant != "eager")


def check(cycles: int, values: dict[str, int], events: dict[str, int], counts: bool) -> None:
    """The parts are those of the sums; all harts have worked."""
    assert cycles < values["instructions"] <= 4 * cycles
    for prefix, key in ((WAITING, "instructions_waiting"), (MOVED, "lines_moved")):
        parts = {name: n for name, n in events.items() if name.startswith(prefix)}
        assert sum(parts.values()) == values[key]
    waits = [name for name in events if name.startswith(WAITING)]
    assert not counts or values["instructions_waiting"] == 0 or waits
    if values["instructions_waiting"] > values["instructions"] / 2:
        most = max(waits, key=lambda name: events[name])
        assert most.startswith("waiting/variants/") and most.endswith(":count_lock")


def test_one_lock_for_all_counts_shows(tmp_path: Path) -> None:
    """More harts do not fork more, and wait for count_lock."""
    if "cow-array" not in variants_under_test():
        pytest.skip("not the variant under test")
    words = ("BENCH=smp_fork", "PARAMS=harts=1,8 sharing=1")
    found = bench(tmp_path, "cow-array", *words).benchmarks.values()
    one, many = sorted(found, key=lambda each: each.parameters["harts"])
    times = [each.time() or 0 for each in (one, many)]
    assert times[0] / times[1] < 2
    sample = many.samples[0]
    waiting = sample.events["waiting/variants/common/count_array.c:count_lock"]
    assert waiting > 0.7 * sample.values["instructions"]


@pytest.mark.parametrize(
    "words, message",
    [
        (("CPUS=9",), "CPUS=9"),
        (("PARAMS=quantum=0",), "quantum"),
        (("BENCH=fork", "CPUS=2"), "CPUS"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    command = [str(ROOT / "cowshed"), "bench", f"VARIANT={any_variant()}", f"OUT={tmp_path}"]
    bench = [] if words[0].startswith("BENCH") else ["BENCH=smp_exit"]
    done = subprocess.run(
        [*command, *bench, *words], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0 and message in done.stderr and not list(tmp_path.iterdir())
