"""The random order of fork_touch and fork_read, made on the host with sanitizers."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from statistics import mean

import pytest

from bench.host.running.machine import ROOT
from tests.support.host_build import HOST_TESTS, SANITIZED, compile_host, include

RUNNER = ROOT / "bench" / "guest" / "runner"


@cache
def program() -> Path:
    sources = [Path(__file__).with_name("chain.c"), RUNNER / "chain.c"]
    flags = [*SANITIZED, *include(RUNNER, ROOT / "user" / "include")]
    return compile_host(HOST_TESTS / "chain", [*flags, *sources])


def order(pages: int) -> list[int]:
    done = subprocess.run([program(), str(pages)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"the chain is not closed {done.stderr}"
    return [int(line) for line in done.stdout.split()]


@pytest.mark.parametrize("pages", [1, 2, 3, 100, 4096])
def test_the_chain_goes_through_each_page_once(pages: int) -> None:
    assert sorted(order(pages)) == list(range(pages))


def test_the_order_is_the_same_each_time_and_looks_random() -> None:
    found = order(4096)
    assert found == order(4096)
    # Steps between numbers drawn at random have a mean of a third of the range.
    steps = [abs(a - b) for a, b in zip(found, found[1:])]
    assert mean(steps) == pytest.approx(4096 / 3, rel=0.05)
    # So the first tenth lies everywhere, too.
    assert mean(found[:409]) == pytest.approx(4096 / 2, rel=0.1)
