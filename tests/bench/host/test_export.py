"""make export: what Google Benchmark's own tool makes of it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from bench.host.stored.check import load
from tests.bench.host.support import make

GOOGLE = Path("/usr/share/benchmark/compare.py")


def google(*arguments: str) -> str:
    """Google Benchmark's own tool, without colors; gives what it prints."""
    command = ["/usr/bin/python3", str(GOOGLE), "--no-color", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def exported(variant: str, folder: Path) -> Path:
    """Through make, as a user types it."""
    path = folder / f"{variant}.json"
    assert make("export", f"VARIANT={variant}", f"OUT={path}").returncode == 0
    return path


def test_google_benchmarks_own_tool_reads_what_we_export(tmp_path: Path) -> None:
    paths = [exported(variant, tmp_path) for variant in ("eager", "cow-reuse")]
    lines = google("-a", "benchmarks", *map(str, paths)).splitlines()
    eager, reuse = (load(ROOT / "results" / path.name) for path in paths)
    name = "fork/pages:4096"
    before, after = eager.time(name), reuse.time(name)
    assert before and after
    found = next(line.split() for line in lines if line.startswith(f"{name}_median "))
    assert float(found[1]) == pytest.approx((after - before) / before, abs=1e-4)
    assert found[3:5] == [f"{before:.0f}", f"{after:.0f}"]
    shown = {line.split()[0] for line in lines if re.match(r"\S+_median ", line)}
    assert shown == {f"{name}_median" for name in eager.benchmarks if name in reuse.benchmarks}
    pvalue = next(line for line in lines if line.startswith("fork/pages:0_pvalue "))
    assert f"U Test, Repetitions: {eager.benchmarks['fork/pages:0'].repetitions} vs" in pvalue


def test_google_benchmarks_filters_work_on_our_names(tmp_path: Path) -> None:
    path = exported("cow-reuse", tmp_path)
    out = google("-a", "filters", str(path), "write_copy/pages:1024", "write_last/pages:1024")
    line = next(line for line in out.splitlines() if "_median" in line)
    found = load(ROOT / "results" / path.name)
    copy, last = (found.time(f"{family}/pages:1024") for family in ("write_copy", "write_last"))
    assert copy and last
    assert f"{(last - copy) / copy:+.4f}" in line
