"""`make explain`, as users type it: its rows add up to the number in the results."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import xml.etree.ElementTree as xml
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.host.attribution.watched import watch
from bench.host.running.images import images
from bench.host.running.machine import BUILD, ROOT, MachineConfig, kernel_path
from bench.host.running.measure import Places
from bench.host.running.probe import Probe
from bench.host.stored import results
from bench.host.stored.check import load
from tests.bench.guest.benchmark_machine import QEMU, VARIANTS, shares
from tools import commands

SVG = "{http://www.w3.org/2000/svg}"


def explain(*words: str, status: int = 0) -> str:
    done = subprocess.run(
        ["make", "-s", "explain", *words], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def total(text: str, column: str = "instructions") -> int:
    return sum(int(row[column]) for row in rows(text))


def stored(variant: str, name: str) -> float:
    time = load(ROOT / "results" / f"{variant}.json").time(name)
    assert time is not None
    return time


@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_add_up_to_the_results(variant: str) -> None:
    name = "fork/pages:0"
    found = rows(explain(f"VARIANT={variant}", f"BENCH={name}", "FORMAT=csv"))
    assert sum(int(row["instructions"]) for row in found) == stored(variant, name)
    functions = {row["function"]: row["file"] for row in found}
    assert functions["proc_fork"] == "kernel/proc/proc.c"
    assert functions["trap_entry"] == "kernel/arch/trap.S"
    assert functions["fork"] == "user/lib/syscalls.S"
    assert ("cow_share" in functions) == shares(variant)
    inlined = {row["inlined in"] for row in found if row["function"] == "pte_make"}
    assert "space_fork" in inlined


@pytest.mark.parametrize("variant", VARIANTS[:1])
def test_lines_add_up_too(variant: str) -> None:
    name = "write_copy/pages:256"
    words = (f"VARIANT={variant}", f"BENCH={name}", "FORMAT=csv")
    lines = rows(explain(*words, "LINES=1"))
    each = sum(int(row["instructions"]) for row in lines)
    assert each == total(explain(*words)) == 256 * stored(variant, name)
    for row in lines:
        source = (ROOT / row["file"]).read_text().splitlines()
        assert source[int(row["line"]) - 1].strip() == row["text"]


@pytest.mark.parametrize("variant", VARIANTS[-1:])
def test_a_table_for_people(variant: str) -> None:
    name = "fork/pages:256"
    text = explain(f"VARIANT={variant}", f"BENCH={name}")
    time = f"{stored(variant, name):,.0f}"
    assert text.startswith(f"{name} of {variant}: {time} instructions per fork\n")
    assert re.search(rf"^ all +{time} +100.0 ", text, re.MULTILINE)
    assert f"results/{variant}.json has the same number, {time}" in text
    assert f"phases of {variant}: entry " in text
    markdown = explain(f"VARIANT={variant}", f"BENCH={name}", "FORMAT=markdown")
    assert markdown.startswith(
        f"**{name} of {variant}: {time} instructions per fork**\n\n| function |"
    )
    picture(ROOT / "build" / "explain" / f"{variant}-fork-pages-256.svg", time)


def picture(path: Path, time: str) -> None:
    """A flame graph: boxes of the same mother stand side by side on it."""
    root = xml.parse(path).getroot()
    assert root.findtext(f"{SVG}title", "").endswith(f" {time} instructions")
    widths: Counter[float] = Counter()
    for box in root.iterfind(f"{SVG}g/{SVG}rect"):
        widths[float(box.get("y", ""))] += float(box.get("width", ""))  # type: ignore[assignment]
    levels = [widths[y] for y in sorted(widths, reverse=True)]
    assert levels[0] == 1180.0 and levels == sorted(levels, reverse=True)
    assert not list(root.iter(f"{SVG}script"))


@pytest.mark.needs("cow-array", "cow-reuse")
def test_where_a_difference_comes_from() -> None:
    name = "write_copy/pages:256"
    text = explain("A=cow-array", "B=cow-reuse", f"BENCH={name}", "FORMAT=csv")
    more = stored("cow-reuse", name) - stored("cow-array", name)
    assert total(text, "difference") == 256 * more > 0
    for side in ("cow-array", "cow-reuse"):
        assert total(text, side) == 256 * stored(side, name)
    places = {row["function"]: int(row["difference"]) for row in rows(text)}
    assert places["count_is_alone"] == max(places.values())
    assert "page_copy" not in places


REFUSED = {
    "VARIANT=cow-none BENCH=null": "VARIANT=cow-none is not a variant",
    "A=eager B=cow-none BENCH=null": "there is no variant 'cow-none' in variants/",
    "A=eager BENCH=null": "one is missing",
    "A=eager B=eager BENCH=null": "A and B are the same",
    "A=eager B=cow-reuse VARIANT=eager BENCH=null": "give one of these",
    "VARIANT=eager": "BENCH= is missing: the name of a benchmark",
    "VARIANT=eager BENCH=forks": "there is no benchmark 'forks'",
    "VARIANT=eager BENCH=fork": "selects fork/pages:0, fork/pages:256",
    "VARIANT=eager BENCH=fork/pages:7": "fork/pages:7",
    "VARIANT=eager BENCH=memory/pages:1024": "memory/pages:1024 has no time",
    "VARIANT=eager BENCH=null CORE=z80": "there is no core 'z80'",
    "VARIANT=eager BENCH=null FORMAT=pdf": "pdf",
    "VARIANT=eager BENCH=null LINES=2": "LINES=2 can be 0 or 1",
}


@pytest.mark.needs("eager")
@pytest.mark.parametrize("words", REFUSED)
def test_what_makes_no_sense_is_refused(words: str) -> None:
    assert REFUSED[words] in explain(*words.split(), status=2)


@pytest.fixture
def no_results(tmp_path: Path) -> Path:
    """The project without results/."""
    for name in ("bench", "build", "kernel", "variants", "user"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize("variant", VARIANTS[:1])
def test_without_results_or_with_others(
    variant: str, no_results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Results that were measured with another kernel say another number."""
    words = ["explain", f"VARIANT={variant}", "BENCH=null"]
    assert commands.main(words, root=no_results) == 0
    assert f"no results of {variant} to compare with: make bench" in capsys.readouterr().out
    (no_results / "results").mkdir()
    found = load(ROOT / "results" / f"{variant}.json")
    slower = [replace(s, cycles=(s.cycles or 0) + 7) for s in found.benchmarks["null"].samples]
    found.benchmarks["null"].samples = slower
    found.context["images"] = {}
    results.store(no_results / "results", results.signed(found))
    assert commands.main(words, root=no_results) == 0
    time = found.benchmarks["null"].time() or 0
    said = f"NOT THE STORED NUMBER: results/{variant}.json has {time:.0f} for null, measured with another"
    assert said in capsys.readouterr().out


@pytest.mark.needs("cow-hash")
def test_a_benchmark_whose_number_depends_on_those_before_it() -> None:
    """It does under cow-hash alone. With the kernel of the results it is run behind them, as in make bench."""
    name = "fork_exit/pages:1024"
    machine = MachineConfig(kernel=kernel_path("cow-hash"), initrd=BUILD / "bench.img")
    found = load(ROOT / "results" / "cow-hash.json")
    context = found.context | {"images": images([machine], BUILD)}
    probe = Probe(BUILD / "probe.so", ())
    places = Places(BUILD, BUILD / "bench.img", QEMU, 120, probe)
    alone = watch("cow-hash", name, places, None)
    behind = watch("cow-hash", name, places, replace(found, context=context))
    assert alone.benchmark.time() != found.time(name) == behind.benchmark.time()
    assert behind.instructions == found.time(name)
