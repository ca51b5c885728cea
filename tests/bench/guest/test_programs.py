"""exec_only, spawn_small, shell_pipeline on real machines."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bench.host.running.machine import BUILD
from bench.host.running.protocol import ProtocolError
from tests.bench.guest.benchmark_machine import (
    VARIANTS,
    benchmarks_of,
    counters_of,
    peak_of,
    shares,
    text_of,
    time_of,
)
from tests.guest.guest_machine import any_variant


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_exec_is_alone(variant: str, lazy: bool) -> None:
    exec_only = benchmarks_of(variant, "exec_only", repeat=5, lazy=lazy)[""]
    for sample in exec_only.samples:
        assert sample.counters["execs"] == 1
        for nothing in ("forks", "exits", "switches", "ticks", "faults_copy", "pages_shared"):
            assert sample.counters[nothing] == 0
        assert sample.counters["pages_zeroed"] == 3  # text, data, stack
    assert len({sample.cycles for sample in exec_only.samples}) == 1
    assert exec_only.first is not None and exec_only.first.cycles == time_of(exec_only)


@pytest.mark.parametrize("variant", VARIANTS)
def test_exec_takes_the_part_of_a_spawn_that_fork_and_exit_leave(variant: str) -> None:
    """The programs are not the same, so this is close only."""
    spawn = time_of(benchmarks_of(variant, "spawn_small", pages="0")["pages:0"])
    rest = time_of(benchmarks_of(variant, "fork_exit", pages="0")["pages:0"])
    exec_only = time_of(benchmarks_of(variant, "exec_only")[""])
    assert exec_only == pytest.approx(spawn - rest, rel=0.35)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_spawn_pays_for_the_parent_what_fork_does(variant: str, lazy: bool) -> None:
    found = benchmarks_of(variant, "spawn_small", pages="0,1024", lazy=lazy)
    empty, full = found["pages:0"], found["pages:1024"]
    for benchmark in found.values():
        counters = counters_of(benchmark)
        assert counters["forks"] == counters["execs"] == counters["exits"] == 1
        assert counters["switches"] == 2
        assert counters["pages_zeroed"] == 3  # text, data, stack
        assert not any(value for name, value in counters.items() if name.startswith("faults_"))
    a_page = (time_of(full) - time_of(empty)) / 1024
    if shares(variant):
        assert a_page < 80  # with cow-hash's table
        assert peak_of(full) - peak_of(empty) < 20
    else:
        assert 1_024 < a_page < 1_200
        assert peak_of(full) - peak_of(empty) >= 1024


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_pipeline_is_four_processes(variant: str, lazy: bool) -> None:
    pipeline = benchmarks_of(variant, "shell_pipeline", repeat=5, lazy=lazy)[""]
    for sample in pipeline.samples:
        counters = sample.counters
        assert counters["forks"] == counters["execs"] == counters["exits"] == 4
        assert counters["ticks"] == 0
        assert (counters["faults_copy"] > 0) == shares(variant)
    assert len({sample.cycles for sample in pipeline.samples}) == 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_two_runs_are_the_same_bytes(variant: str) -> None:
    families: dict[str, dict[str, str]] = {
        "exec_only": {},
        "spawn_small": {"pages": "64"},
        "shell_pipeline": {},
    }
    for family, parameters in families.items():
        assert text_of(variant, family, **parameters) == text_of(variant, family, **parameters)


def image_with(folder: Path, *, without: str = "", text: tuple[str, str] | None = None) -> Path:
    """The image of the benchmarks, but without a file, or with another text in one."""
    root, image = folder / "root", folder / "bench.img"
    shutil.copytree(BUILD / "bench.root", root)
    if without:
        (root / without).unlink()
    if text:
        (root / text[0]).write_text(text[1])
    subprocess.run(
        [BUILD / "tools" / "mkfs", "--device", "/console:1:0", image, root],
        check=True,
        capture_output=True,
    )
    return image


@pytest.mark.parametrize(
    "family, file, message",
    [
        ("exec_only", "bench/reexec", "/bench/reexec tells of no exec"),
        ("spawn_small", "bench/small", "exec of /bench/small failed"),
        ("shell_pipeline", "bin/sh", "printed something else"),
        ("shell_pipeline", "bin/grep", "sh: grep: not found"),
    ],
)
def test_a_program_that_is_missing_fails_the_run(
    tmp_path: Path, family: str, file: str, message: str
) -> None:
    image = image_with(tmp_path, without=file)
    with pytest.raises(ProtocolError, match=message):
        benchmarks_of(any_variant(), family, image=image)


def test_the_pipelines_output_is_read(tmp_path: Path) -> None:
    image = image_with(tmp_path, text=("bench/months", "January 31\n"))
    with pytest.raises(ProtocolError, match="printed something else than 7 14 68"):
        benchmarks_of(any_variant(), "shell_pipeline", image=image)
