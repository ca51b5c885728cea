"""What a benchmark's file says for readers agrees with what its program would run."""

from __future__ import annotations

from bench.host.benchmarks import load
from bench.host.running.machine import BUILD, ROOT
from bench.host.running.measure import Places, Settings, plan
from tests.bench.guest.benchmark_machine import QEMU
from tests.guest.guest_machine import any_variant

PLACES = Places(build=BUILD, initrd=BUILD / "bench.img", qemu=QEMU, time_limit=60)
VARIANT = any_variant()


def test_parameters_are_those_of_the_program() -> None:
    planned = plan(VARIANT, Settings(), PLACES)
    by_family = {each.family: each for each in planned}
    names = {each.name for each in planned}
    benchmarks = load(ROOT)
    assert {about.family for about in benchmarks} == by_family.keys()
    for about in benchmarks:
        parameters = [word.partition(":")[0] for word in about.name.split("/")[1:]]
        assert parameters == list(by_family[about.family].parameters), about.name
        for budget in about.budgets:
            for point in filter(None, (budget.at, budget.above)):
                assert f"{about.family}/{point}" in names, f"a budget of {about.family}: {point}"
