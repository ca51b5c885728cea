"""What a user asks `bench` for: each setting reaches the machines, what makes no sense is refused
before anything runs, and the full results stay as they are beside a part of them."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.host.commands import bench
from bench.host.measured import Benchmark, Results
from bench.host.options import Options, VariableError
from bench.host.plots import plot
from bench.host.running import measure
from bench.host.running.machine import ROOT
from bench.host.running.measure import NAME_SIZE, Places, Settings
from bench.host.running.protocol import Planned
from bench.host.stored.check import load
from tests.bench.host.support import make_project, run_bench

ONE = ("VARIANT=cow-reuse",)
PLACES = Places(Path("build"), Path("build/bench.img"), "qemu", 1.0)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built project, whose machines note how they were started; without pictures."""
    monkeypatch.delenv("FAKE_MACHINE", raising=False)
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setattr(plot, "draw", lambda folder, results: plot.Drawn())
    return make_project(tmp_path / "project", ("eager", "cow-reuse"))


def started(project: Path) -> list[str]:
    """The machines that ran, but for those that only plan."""
    log = project.parent / "log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line for line in lines if "plan=1" not in line]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.glob("*") if p.is_file()}


def custom(project: Path, variant: str = "cow-reuse") -> Results:
    return load(project / f"results/custom/{variant}.json")


def names(found: Results) -> list[str]:
    return list(found.benchmarks)


def test_each_family_has_a_machine_of_its_own(project: Path) -> None:
    assert run_bench(project, *ONE, "BENCH=null,fork*", "PAGES=0") == 0
    families = ("null", "fork", "fork_touch", "fork_exit", "fork_exec")
    machines = started(project)
    assert len(machines) == len(families)
    for family in families:
        (line,) = [m for m in machines if f"init=/bench/suite/{family[:NAME_SIZE]} " in m]
        pages = "" if family == "null" else " pages=0"
        assert line.endswith(f" family={family} bench=null,fork*{pages}")
        assert "console=polled" in line
    assert names(custom(project)) == ["null", "fork/pages:0", "fork_touch/pages:0/percent:0"] + [
        "fork_touch/pages:0/percent:50",
        "fork_exit/pages:0",
        "fork_exec/pages:0",
    ]


def test_a_family_gives_the_same_values_alone_as_in_the_full_run(project: Path) -> None:
    assert run_bench(project, *ONE) == 0
    assert run_bench(project, *ONE, "BENCH=fork_touch,memory") == 0
    full = load(project / "results/cow-reuse.json")

    def values(found: Results) -> list[Benchmark]:
        return [b for b in found.benchmarks.values() if b.family in ("fork_touch", "memory")]

    assert values(custom(project)) == values(full) != []


def test_usual_settings_measure_layouts_too_and_a_part_does_not(project: Path) -> None:
    assert run_bench(project, *ONE) == 0
    assert sum("shuffle=2 " in line and "-link2/" in line for line in started(project)) == 4
    (project.parent / "log").unlink()
    assert run_bench(project, *ONE, "BENCH=fork") == 0
    assert all("shuffle=0 " in line for line in started(project))


def test_a_part_leaves_the_full_results_as_they_are(project: Path) -> None:
    assert run_bench(project, *ONE) == 0
    before = contents(project / "results") | contents(project)
    for part in (
        ("BENCH=fork",),
        ("PAGES=0,64",),
        ("REPEAT=2",),
        ("MEM=256M",),
        ("PARAMS=percent=0",),
    ):
        assert run_bench(project, *ONE, *part) == 0
        assert contents(project / "results") | contents(project) == before
        assert sorted(contents(project / "results/custom")) == ["cow-reuse.csv", "cow-reuse.json"]


def test_a_lazy_heap_has_a_folder_of_its_own(project: Path) -> None:
    for suffix in ("", "-link1", "-link2", "-link3"):
        (project / "build" / f"cow-reuse-lazy{suffix}").mkdir()
        (project / "build" / f"cow-reuse-lazy{suffix}" / "kernel.elf").touch()
    assert run_bench(project, *ONE, "LAZY=1") == 0
    assert sorted(contents(project / "results/lazy")) == ["cow-reuse.csv", "cow-reuse.json"]
    assert contents(project / "results") == {}
    assert all("/cow-reuse-lazy" in line for line in started(project))


def test_another_folder_for_results(project: Path, tmp_path: Path) -> None:
    assert run_bench(project, *ONE, "BENCH=null", f"OUT={tmp_path / 'a b/c'}") == 0
    assert sorted(contents(tmp_path / "a b/c")) == ["cow-reuse.csv", "cow-reuse.json"]
    assert not (project / "results").exists()


def test_values_of_other_parameters(project: Path) -> None:
    arguments = ("BENCH=fork_touch", "PAGES=64,16", "PARAMS=percent=100,1")
    assert run_bench(project, *ONE, *arguments, "REPEAT=2") == 0
    found = custom(project)
    assert names(found) == [
        f"fork_touch/pages:{pages}/percent:{percent}" for pages in (64, 16) for percent in (100, 1)
    ]
    assert found.context["arguments"] == [
        "bench=fork_touch",
        "pages=64,16",
        "percent=100,1",
        "repeat=2",
    ]
    with (project / "results/custom/cow-reuse.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(r["pages"], r["parameters"]) for r in rows} == {
        (pages, f"percent:{percent}") for pages in ("64", "16") for percent in (100, 1)
    }


def test_first_iteration_is_kept_and_is_in_no_statistic(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_bench(project, *ONE, "BENCH=null,memory", "REPEAT=3") == 0
    found = custom(project)
    assert found.time("null", "first") == 591  # 500 more than any sample
    assert (found.time("null", "max") or 591) < 110
    assert found.value("memory/pages:0", "frames_fork", "first") is None  # which has no warm-up
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(" null  ")]
    assert " 591 " in row


def test_memory_goes_to_every_machine(project: Path) -> None:
    assert run_bench(project, *ONE, "BENCH=null,fork", "MEM=1G") == 0
    assert len(started(project)) == 2
    assert all(" 1G 1 " in line for line in started(project))
    assert custom(project).context["memory"] == "1G"


def test_an_axis_of_memory_makes_machines_of_that_size(project: Path) -> None:
    assert run_bench(project, *ONE, "BENCH=metadata") == 0
    found = custom(project)
    assert {name: found.value(name, "bytes_of_machine") for name in names(found)} == {
        "metadata/pages:1024/memory:64": 64 << 20,
        "metadata/pages:1024/memory:256": 256 << 20,
    }
    first, second = sorted(started(project))
    assert " 256M " in first and " family=metadata bench=metadata memory=256" in first
    assert " 64M " in second and " memory=64" in second


def test_an_axis_of_harts_makes_machines_with_so_many() -> None:
    planned = [
        Planned(
            f"smp/harts:{harts}/sharing:{sharing}",
            "smp",
            {"harts": harts, "sharing": sharing},
            3,
            {},
        )
        for harts in (1, 4)
        for sharing in (0, 1)
    ]
    jobs = measure.jobs_of("v", Settings(parameters={"harts": "1,4"}), PLACES, planned)
    assert [(job.title, job.benchmarks, job.config.harts) for job in jobs] == [
        ("v, smp, harts 1", 2, 1),
        ("v, smp, harts 4", 2, 4),
    ]
    assert [job.config.bootargs.partition("family=smp ")[2] for job in jobs] == [
        "harts=1",
        "harts=4",
    ]


def test_cpus_is_short_for_the_axis_of_harts(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["CPUS=4"], ["PARAMS=harts=4"]):
        (project.parent / "log").unlink(missing_ok=True)
        assert run_bench(project, *ONE, "BENCH=null,smp_fork", *words) == 0
        (planned,) = set((project.parent / "log").read_text().splitlines()) - set(started(project))
        assert planned.endswith(" -- bench=null,smp_fork harts=4 plan=1")
        assert custom(project).context["arguments"] == ["bench=null,smp_fork", "harts=4"]
    assert run_bench(project, *ONE, "BENCH=null", "CPUS=4") == 1
    message = "bench: error: CPUS: no benchmark that is selected has this parameter\n"
    assert capsys.readouterr().err == message


def test_a_family_is_told_of_its_own_axes_only() -> None:
    # Its program knows no others, and refuses them.
    planned = [
        Planned("null", "null", {}, 3, {}),
        Planned("fork_wide/children:2", "fork_wide", {"children": 2}, 3, {}),
        Planned("fork/pages:1", "fork", {"pages": 1}, 3, {}),
    ]
    settings = Settings(parameters={"pages": "1", "children": "2"})
    jobs = measure.jobs_of("v", settings, PLACES, planned)
    assert [job.config.bootargs.partition("family=")[2] for job in jobs] == [
        "null",
        "fork_wide children=2",
        "fork pages=1",
    ]


def test_a_family_gets_the_machine_that_it_needs(project: Path) -> None:
    # Its program gives up where the limit of processes is the usual one.
    assert run_bench(project, *ONE, "BENCH=fork_touch,null") == 0
    with_limit = [line for line in started(project) if "procs=128" in line]
    assert len(with_limit) == 1 and "family=fork_touch" in with_limit[0]
    assert custom(project).context["machines"] == {"fork_touch": {"processes": 128}}
    needs = {"mebibytes": 128, "processes": 2000}
    planned = [Planned("capacity/pages:0", "capacity", {"pages": 0}, 3, needs)]
    (job,) = measure.jobs_of("v", replace(Settings(), memory="1G"), PLACES, planned)
    assert job.config.memory == "128M"
    assert "procs=2000" in job.config.bootargs


def test_settings_are_usual_or_not() -> None:
    assert Settings().usual() and Settings(lazy=True).usual()
    for other in (
        Settings(bench="*"),
        Settings(memory="1G"),
        Settings(repeat=1),
        Settings(parameters={"pages": "0"}),
    ):
        assert not other.usual()


REFUSED = {
    "unknown axis": (
        ("PARAMS=wheels=4",),
        "PARAMS, wheels: no benchmark that is selected has",
    ),
    "axis of others": (
        ("BENCH=null", "PAGES=0"),
        "PAGES: no benchmark that is",
    ),
    "nothing": (("BENCH=shell_p*",), "nothing is selected"),
    "too large": (
        ("PAGES=200000",),
        "fork/pages:200000 does not fit into memory: it needs up to 400000 frames; choose smaller "
        "PAGES, or more MEM",
    ),
    "too large for less": (
        ("PAGES=16384", "MEM=64M"),
        "fork/pages:16384 does not fit into memory",
    ),
    "pages twice": (
        ("PAGES=0", "PARAMS=pages=5"),
        "pages is given twice: PAGES=0, and PARAMS has 5",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_measured_is_refused_before_anything_runs(
    project: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    arguments, message = REFUSED[case]
    assert run_bench(project, *ONE, "BENCH=null", "REPEAT=1") == 0
    before = contents(project / "results/custom")
    (project.parent / "log").unlink()
    assert run_bench(project, *ONE, *arguments) == (2 if case == "pages twice" else 1)
    assert f"bench: error: {message}" in capsys.readouterr().err
    assert started(project) == []
    assert contents(project / "results/custom") == before


@pytest.mark.parametrize(
    "mode, message",
    [
        ("silent", "the machine ended too early"),
        ("boot-panic", "the kernel panicked before the first benchmark: no init"),
        ("status", "exit status 7 in place of 0"),
    ],
)
def test_disaster_in_the_plan_is_an_error(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    message: str,
) -> None:
    monkeypatch.setenv("FAKE_PLAN", mode)
    assert run_bench(project, *ONE) == 1
    errors = capsys.readouterr().err
    assert f"bench: error: cow-reuse, before any benchmark: {message}" in errors
    assert started(project) == []
    assert not (project / "results").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("MEM=32M",), "MEM=32M is not a size of memory from 64M to 4G"),
        (("MEM=8G",), "MEM=8G is not"),
        (("MEM=512",), "MEM=512 is not"),
        (("BENCH=fork,,null",), "BENCH=fork,,null is not a list of names such as fork*,null"),
        (("PAGES=0,,4",), "PAGES=0,,4 is not a list of numbers such as 0,256"),
        (("PAGES=abc",), "PAGES=abc is not a list of numbers"),
        (("PAGES=-1",), "PAGES=-1 is not a list of numbers"),
        (("PAGES=9999999999",), "PAGES=9999999999 is not a list of numbers"),
        (
            ("PARAMS=percent",),
            "PARAMS=percent has 'percent', which is not a parameter such as percent=0,50",
        ),
        (("PARAMS=percent=",), "has '', which is not a list of numbers"),
        (("PARAMS=percent=x",), "has 'x', which is not a list of numbers"),
        (("PARAMS= ",), "has '', which is not a parameter"),
        (("PARAMS=percent=0 percent=5",), "has percent twice"),
        (("PARAMS=percent=0,50 children",), "has 'children', which is not a parameter"),
        (("PARAMS=repeat=5",), "has 'repeat=5', which is not a parameter"),
        (("PARAMS=plan=1",), "has 'plan=1', which is not a parameter"),
        (("CPUS=9",), "CPUS=9 is not a number from 1 to 8"),
        (("CLOCK=wall",), "CLOCK=wall is not a variable of bench, which takes: VARIANT"),
        (("CPUS=0",), "CPUS=0 is not a number from 1 to 8"),
        (("CPUS=two",), "CPUS=two is not a number from 1 to 8"),
        (("CPUS=2", "PARAMS=harts=1"), "harts is given twice: CPUS=2, and PARAMS has 1"),
        (("REPEAT=0",), "REPEAT=0 is not a number from 1 to 999999"),
        (("REPEAT=many",), "REPEAT=many is not a number from 1"),
        (("LAYZ=1",), "LAYZ=1 is not a variable of bench, which takes: VARIANT"),
    ],
)
def test_wrong_argument_has_status_2(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert run_bench(project, *arguments) == 2
    assert message in capsys.readouterr().err
    assert not (project / "results").exists()
    assert not (project.parent / "log").exists()


def test_variables_are_checked_without_a_kernel(project: Path) -> None:
    """Before anything is built."""
    (project / "bench/guest").unlink()
    (project / "bench/guest").mkdir()
    for family in ("fork", "fork_exit", "null"):
        (project / "bench/guest" / f"{family}.c").symlink_to(ROOT / f"bench/guest/{family}.c")
    for kernel in project.glob("build/*/kernel.elf"):
        kernel.unlink()
    for good in ("fork", "fork*", "f*/pages:0,null", "fork/pages:?", "*", "?ull", "n*"):
        bench.check(Options(root=project, bench=good, memory="512M"))
    for bad in ("spoon", "for", "null,spoon*", "forks/pages:0", "fork_exit_*"):
        wrong = bad.rpartition(",")[2]
        message = f"there is no benchmark {wrong!r}; those that exist: fork, fork_exit, null"
        with pytest.raises(VariableError, match=re.escape(message)):
            bench.check(Options(root=project, bench=bad, memory="512M"))
    assert started(project) == []
    assert not (project / "results").exists()


def test_results_that_cannot_be_written_are_refused_before_anything_runs(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    for folder, reason in (
        (tmp_path / "file", "File exists|Not a directory"),
        (tmp_path / "file" / "below", "Not a directory"),
        (Path("/proc/nothing"), "No such file or directory"),
    ):
        assert run_bench(project, *ONE, f"OUT={folder}") == 2
        assert re.search(f"results cannot go to {folder}: ({reason})", capsys.readouterr().err)
    assert (tmp_path / "file").read_text() == "mine"
    assert started(project) == []


def test_a_part_cannot_be_sent_where_full_results_belong(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ("OUT=results", "BENCH=fork"),
        ("OUT=results", "LAZY=1"),
        ("OUT=results/lazy",),
    ):
        words = [word.replace("OUT=", f"OUT={project}/") for word in arguments]
        assert run_bench(project, *ONE, *words) == 2
        assert "is for results with other settings than these" in capsys.readouterr().err
    assert not (project / "results").exists()
    assert started(project) == []


def test_a_benchmark_that_says_nothing_of_itself_is_refused_before_anything_runs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "bench/guest").unlink()
    (project / "bench/guest").mkdir()
    (project / "bench/guest/trial.c").write_text("int trial;\n")
    assert run_bench(project) == 1
    assert "trial.c needs ABOUT(trial) and BENCHMARK(NN, trial)" in capsys.readouterr().err
