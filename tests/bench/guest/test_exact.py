"""The exact clock, on real machines: a run repeats bit for bit, whatever the host does meanwhile.

Each run boots, sleeps through the ticks before its samples, and measures; every sample counts.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.host.running.machine import BUILD, MachineConfig, boot_arguments, kernel_path
from bench.host.running.measure import RUNNER
from bench.host.running.protocol import measure
from bench.host.stored.results import gathered, to_json
from tests.guest.guest_machine import any_variant, first_variants
from tests.support.processes import busy_host

RUNS_UNDER_LOAD = 20
SOME = "null,fork,fork_touch,fork_exit,fork_exec,write_*,memory,file_*"  # that are quick


def text_of_a_run(variant: str, *, shuffle: int = 0) -> str:
    config = MachineConfig(
        kernel=kernel_path(variant),
        initrd=BUILD / "bench.img",
        bootargs=boot_arguments(
            RUNNER, f"bench={SOME}", "pages=0,64", "repeat=3", shuffle=shuffle, console="polled"
        ),
    )
    context = {"variant": variant, "unit": "instructions"}
    return to_json(gathered(context, {0: measure(config)}, {}))


@pytest.fixture
def load() -> Iterator[None]:
    with busy_host():
        yield


@pytest.mark.parametrize("variant", first_variants())
def test_two_runs_give_the_same_results(variant: str) -> None:
    first = text_of_a_run(variant)
    assert '{"name": "fork/pages:64",' in first
    assert text_of_a_run(variant) == first


def test_runs_under_load_give_the_same_results(load: None) -> None:
    runs = {text_of_a_run(any_variant()) for _ in range(RUNS_UNDER_LOAD)}
    assert len(runs) == 1


@pytest.mark.needs("cow-hash")
def test_another_layout_gives_other_results() -> None:
    """What the tests above compare is not blind: where frames lie shows in the hash table."""
    assert text_of_a_run("cow-hash", shuffle=1) != text_of_a_run("cow-hash")
