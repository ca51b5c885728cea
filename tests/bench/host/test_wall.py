"""`bench --clock wall` as a whole, on a fake machine: the order of boots, what is stored and shown, and
what is refused or interrupted."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.host.analysis import boot_statistics as statistics
from bench.host.measured import Results
from bench.host.plots import plot
from bench.host.running import boot_rounds
from bench.host.running.machine import ROOT
from bench.host.running.protocol import ProtocolError, Reader
from bench.host.stored.check import load
from bench.host.stored.collection import comparable
from tests.bench.host.support import FAKE_MACHINE, VARIANTS, command, make_project, run_bench, typed

SCHEMA = json.loads((ROOT / "bench/host/running/protocol.schema.json").read_text())
COUNTERS = SCHEMA["$defs"]["counters"]["required"]
CUSTOM = Path("results/custom/wall")
FEW = ("CLOCK=wall", "BENCH=null,fork,smp_fork", "PAGES=0", "REPEAT=5")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FAKE_MACHINE", raising=False)
    monkeypatch.setattr(boot_rounds, "host_cpus", lambda: 2)
    monkeypatch.setattr(plot, "draw", lambda *all: plot.Drawn())
    monkeypatch.setattr(statistics, "RESAMPLES", 999)
    return make_project(tmp_path / "project")


@pytest.fixture
def machines(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for each machine that was run."""
    log = project / "machines.log"
    monkeypatch.setenv("FAKE_LOG", str(log))
    return log


def boots(log: Path) -> list[tuple[str, int]]:
    """Variant and harts of each machine that measured, in order."""
    lines = [line.split() for line in log.read_text().splitlines() if "plan=1" not in line]
    return [(Path(words[0]).parent.name, int(words[2])) for words in lines]


def stored(project: Path, variant: str, folder: Path = CUSTOM) -> Results:
    return load(project / folder / f"{variant}.json")


def test_every_round_boots_each_machine_once_in_random_order(project: Path, machines: Path) -> None:
    assert run_bench(project, *FEW, "REPEAT=3") == 0
    order = boots(machines)
    rounds = [order[i : i + 12] for i in range(0, len(order), 12)]
    assert len(rounds) == 3
    for one in rounds:
        assert Counter(one) == Counter((v, h) for v in VARIANTS for h in (1, 2, 4))
    assert len({tuple(one) for one in rounds}) == 3
    assert all(one != sorted(one) for one in rounds)


def test_order_follows_from_the_seed(project: Path, machines: Path) -> None:
    orders = []
    for seed in (1, 1, 2):
        machines.write_text("")
        assert run_bench(project, *FEW, "VARIANT=eager", "REPEAT=2", boot_seed=seed) == 0
        orders.append(boots(machines))
    assert orders[0] == orders[1] != orders[2]
    assert stored(project, "eager").context["seed"] == 2


def test_what_is_stored(project: Path) -> None:
    assert run_bench(project, *FEW, "VARIANT=cow-reuse") == 0
    found = stored(project, "cow-reuse")
    context = found.context
    assert context["unit"] == "nanoseconds" and context["clock"].startswith("wall: rdtime")
    assert (context["boots"], context["seed"], context["variants"]) == (5, 1, ["cow-reuse"])
    assert context["host_cpus"] == 2 and context["host_cpu"]
    assert context["arguments"] == ["bench=null,fork,smp_fork", "pages=0"]
    samples = found.benchmarks["fork/pages:0"].samples
    assert [sample.boot for sample in samples] == [b for b in range(1, 6) for _ in range(3)]
    assert found.value("smp_fork/harts:2/sharing:0", "oversubscribed") == 0
    assert found.value("smp_fork/harts:4/sharing:0", "oversubscribed") == 1
    rows = list(csv.DictReader((project / CUSTOM / "cow-reuse.csv").open()))
    fork = next(row for row in rows if row["name"] == "fork/pages:0")
    assert float(fork["nanoseconds"]) == found.time("fork/pages:0")
    assert any((r["parameters"], r["oversubscribed"]) == ("harts:4 sharing:1", "1") for r in rows)


def test_usual_settings_have_a_folder_of_their_own(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot_rounds, "BOOTS", 2)
    assert run_bench(project, "CLOCK=wall", "VARIANT=eager") == 0
    names = set(stored(project, "eager", Path("results/wall")).benchmarks)
    assert {"null", "fork/pages:0", "write_last/pages:4096", "forkserver/pages:1024"} <= names
    assert {"smp_fork/harts:4/sharing:1"} <= names
    assert not any("pages:256" in name or name.startswith("fork_touch") for name in names)
    assert not (project / "results" / "eager.json").exists()
    assert not (project / CUSTOM).exists()


def test_exact_results_and_those_of_the_wall_clock_never_mix(project: Path) -> None:
    exact = ("VARIANT=eager", "BENCH=fork", f"OUT={project / CUSTOM}")
    assert run_bench(project, *exact) == 0
    assert run_bench(project, *FEW, "VARIANT=cow-array") == 0
    both = {v: load(project / CUSTOM / f"{v}.json") for v in ("eager", "cow-array")}
    kept, notes = comparable(both)
    assert len(kept) == 1
    assert re.search(
        "is left out: unit (instructions and nanoseconds|nanoseconds and inst)", notes[0]
    )


def test_tables_say_what_is_shown_and_what_is_not(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    three = ("VARIANT=eager cow-array cow-hash",)
    assert run_bench(project, *FEW, *three, "REPEAT=8") == 0
    output = capsys.readouterr().out
    assert "cow-array: real time per operation, 8 boots" in output
    assert re.search(r"fork/pages:0 +fork +\d+\.\d+ µs +\d+\.\d+ to \d+\.\d+ +\d\.\d %", output)
    assert re.search(r"^ ?fork/pages:0 .* times faster", output, re.M)  # 3,380 against 13,100
    assert re.search(r"^ ?null .* no difference shown", output, re.M)
    assert "smp_fork/harts:4/sharing:1 (oversubscribed)" in output
    headings = r"1 hart, +4 harts *\n variant +frames +a second +2 harts +\(oversubscribed\) *\n"
    assert re.search(headings, output)
    assert "machines of 4 harts are oversubscribed: this host has 2 CPUs" in output
    assert "instructions per operation" not in output
    # Of two harts at half the time each.
    assert re.search(r"cow-hash +own +[\d,]+ +(2\.0|1\.9)\d× \(", output)


def test_too_few_boots_for_so_many_comparisons_are_noted(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ("VARIANT=eager cow-array",)
    assert run_bench(project, *FEW, *both) == 0
    output = capsys.readouterr().out
    assert "5 boots can show no difference among 8 comparisons" in output
    assert "times faster" not in output
    fork = ("CLOCK=wall", "BENCH=fork", "PAGES=0")
    assert run_bench(project, *fork, *both, "REPEAT=5") == 0
    output = capsys.readouterr().out
    assert "can show no difference" not in output and "times faster" in output
    assert run_bench(project, *fork, *both, "REPEAT=2") == 0
    assert "an interval needs 5 boots; here there are 2" in capsys.readouterr().out


def test_results_that_were_not_measured_together_are_marked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_bench(project, *FEW, "VARIANT=eager cow-array") == 0
    assert "not all of these were measured together" not in capsys.readouterr().out
    assert run_bench(project, *FEW, "VARIANT=cow-array") == 0
    assert "not all of these were measured together" in capsys.readouterr().out


def test_number_of_harts_is_that_of_all_machines(project: Path, machines: Path) -> None:
    assert run_bench(project, *FEW, "VARIANT=eager", "CPUS=3") == 0
    assert boots(machines) == [("eager", 3)] * 5
    found = stored(project, "eager")
    assert found.context["harts"] == 3
    assert set(found.benchmarks) == {
        "null",
        "fork/pages:0",
        "smp_fork/harts:3/sharing:0",
        "smp_fork/harts:3/sharing:1",
    }
    assert all(each.value("oversubscribed", "min") == 1 for each in found.benchmarks.values())


def test_machine_gets_only_what_it_can_run(project: Path, machines: Path) -> None:
    bench = ("BENCH=fork,smp_fork/harts:?/sharing:1", "PAGES=0,4")
    arguments = ("CLOCK=wall", "VARIANT=eager", *bench, "REPEAT=1")
    assert run_bench(project, *arguments, "PARAMS=harts=1,2") == 0
    words = [line.split(" -- ")[1] for line in machines.read_text().splitlines()]
    assert sorted(words[1:]) == [
        "bench=fork,smp_fork/harts:?/sharing:1 pages=0,4 harts=1",
        "bench=smp_fork/harts:?/sharing:1 harts=2",
    ]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("CLOCK=foo",), "CLOCK=foo is none of: icount wall"),
        (("CLOCK=wall", "CPUS=0"), "CPUS=0 is not a number from 1 to 8"),
        (("CLOCK=wall", "CPUS=9"), "CPUS=9 is not a number from 1 to 8"),
        (("CLOCK=wall", "CPUS=two"), "CPUS=two is not a number from 1 to 8"),
        (("CLOCK=wall", "REPEAT=0"), "REPEAT=0 is not a number from 1"),
    ],
)
def test_wrong_argument_has_status_2(
    project: Path,
    machines: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert run_bench(project, *arguments) == 2
    assert message in capsys.readouterr().err
    assert not machines.exists() and not (project / "results").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("CPUS=2",), "CPUS=2 needs the wall clock (CLOCK=wall)"),
        (
            (*FEW, "CPUS=2", "PARAMS=harts=1,2"),
            "the number of harts is given twice: as CPUS, and as the parameter harts",
        ),
        (
            ("CLOCK=wall", "BENCH=null", "PARAMS=harts=2"),
            "PARAMS, harts: no benchmark that is selected has this parameter",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_measured(
    project: Path,
    machines: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert run_bench(project, *arguments) in (
        1,
        2,
    )  # refused by a check of variables, or by the runner
    errors = capsys.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1  # the reason, and nothing of a console
    assert not machines.exists() or boots(machines) == []
    assert not (project / "results").exists()


def test_disaster_in_one_variant_spares_the_others(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    machines: Path,
) -> None:
    monkeypatch.setenv("FAKE_MACHINE", "panic")
    monkeypatch.setenv("FAKE_MACHINE_ONLY", "cow-array")
    arguments = ("CLOCK=wall", "BENCH=fork", "PAGES=0", "REPEAT=5")
    assert run_bench(project, *arguments) == 1
    errors = capsys.readouterr().err
    assert re.search(
        "error: cow-array, 1 hart, boot 1: the kernel panicked in fork/pages:0", errors
    )
    assert sorted(p.name for p in (project / CUSTOM).iterdir()) == sorted(
        f"{v}.{kind}" for v in VARIANTS if v != "cow-array" for kind in ("csv", "json")
    )
    # A variant that is lost is not run further.
    assert Counter(boots(machines))[("cow-array", 1)] == 1


def test_times_of_the_other_clock_are_refused() -> None:
    counters = dict.fromkeys(COUNTERS, 0)
    run: dict[str, Any] = {"type": "run", "protocol": 2, "timer_overhead": 50, "benchmarks": 1}
    run |= dict.fromkeys(("frames_total", "frames_free", "metadata_bytes"), 1000)
    begin: dict[str, Any] = {
        "type": "begin",
        "name": "null",
        "family": "null",
        "parameters": {},
        "unit": "call",
    }
    begin |= {"timed": True, "samples": 1, "warmup": 0}
    sample = {"type": "sample", "name": "null", "index": 0, "ops": 1, "values": {}}
    for clock, key, other in (
        ("wall", "nanoseconds", "cycles"),
        ("icount", "cycles", "nanoseconds"),
    ):
        for name, good in ((key, True), (other, False)):
            reader = Reader(clock=clock)  # type: ignore[arg-type]
            reader.feed("@ " + json.dumps(run))
            reader.feed("@ " + json.dumps(begin))
            line = "@ " + json.dumps({**sample, name: 100, "counters": counters})
            if good:
                reader.feed(line)
                continue
            with pytest.raises(ProtocolError, match="is of another clock"):
                reader.feed(line)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_the_machine_and_leaves_no_file(
    project: Path, machines: Path, number: signal.Signals
) -> None:
    bench = subprocess.Popen(
        command(project, "bench", "CLOCK=wall", "BENCH=fork", "PAGES=0"),
        cwd=ROOT,
        env=os.environ | {"FAKE_MACHINE": "hang", "FAKE_MACHINE_ONLY": "cow-*"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not machines.exists() or not any(v.startswith("cow") for v, _ in boots(machines)):
        assert bench.poll() is None
        time.sleep(0.02)
    bench.send_signal(number)
    _, errors = bench.communicate(timeout=20)
    assert bench.returncode == 130
    assert "interrupted" in errors and "Traceback" not in errors
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            assert str(project) not in (folder / "cmdline").read_text(errors="replace")
        except OSError:
            pass  # it has ended
    assert not (project / "results").exists()


def test_wall_shows_stored_results(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(project, "table", "CLOCK=wall") == 1
    assert "holds no results yet: run make bench CLOCK=wall" in capsys.readouterr().err
    two = ("VARIANT=eager cow-reuse",)
    assert run_bench(project, *FEW, *two, f"OUT={project / 'measured'}") == 0
    (project / "results").mkdir()
    (project / "measured").rename(project / "results/wall")
    shown = capsys.readouterr().out
    assert typed(project, "table", "CLOCK=wall") == 0
    again = capsys.readouterr().out
    assert again in shown and "cow-reuse: real time per operation" in again


def test_intervals_are_over_boots(project: Path) -> None:
    assert run_bench(project, *FEW, "VARIANT=eager") == 0
    results = load(project / CUSTOM / "eager.json")
    assert statistics.is_wall(results)
    found = statistics.estimate(results.benchmarks["fork/pages:0"])
    assert found.boots == 5 and found.low is not None and found.high is not None
    assert found.low <= found.median <= found.high
