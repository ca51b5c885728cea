"""What a benchmark's file says for readers agrees with what its program would run."""

from __future__ import annotations

from bench.host.benchmarks import load
from bench.host.running import boot_rounds
from bench.host.running.machine import BUILD, ROOT
from bench.host.running.measure import Places, Settings, plan
from bench.host.running.protocol import Planned
from tests.bench.guest.benchmark_machine import QEMU
from tests.guest.guest_machine import variants_under_test

PLACES = Places(build=BUILD, initrd=BUILD / "bench.img", qemu=QEMU, time_limit=60)
VARIANT = variants_under_test()[-1]


def test_parameters_are_those_of_the_program() -> None:
    planned = plan(VARIANT, Settings(), PLACES)
    _, wall = boot_rounds.plan(VARIANT, Settings(bench="*"), PLACES, 2)
    by_family: dict[str, Planned] = {each.family: each for each in [*wall, *planned]}
    exact, every = ({each.name for each in some} for some in (planned, [*wall, *planned]))
    benchmarks = load(ROOT)
    assert {about.family for about in benchmarks} == by_family.keys()
    for about in benchmarks:
        parameters = [word.partition(":")[0] for word in about.name.split("/")[1:]]
        assert parameters == list(by_family[about.family].parameters), about.name
        assert about.wall == (not any(name.split("/")[0] == about.family for name in exact))
        for budget in about.budgets:
            for point in filter(None, (budget.at, budget.above)):
                assert f"{about.family}/{point}" in every, f"a budget of {about.family}: {point}"
