"""Several harts at once, on made-up results: names of what waits and moves, what is told of a sample, and what
a report says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.host.analysis import scaling
from bench.host.analysis.study import Study
from bench.host.attribution import names
from bench.host.errors import BenchError
from bench.host.figures import figures
from bench.host.languages import LANGUAGES
from bench.host.measured import Results, Sample
from bench.host.report.chapters import harts
from bench.host.report.texts import Texts
from bench.host.report.writer import Writer, joined
from bench.host.running import together
from bench.host.running.probe import Shared, Watched, read
from tests.bench.host.support import VARIANTS, figure_results

LISTING = """0000000080200000 t early
ffffffffc0001000 T spin_take_contended\t./kernel/lib/spinlock.c:40
ffffffffc0001090 t spin_take_out_of_line
ffffffffc0001100 T page_copy\t/tmp/kernel/arch/page.S:3
ffffffffc0200000 D data_begin
ffffffffc0200010 b count_lock\t./variants/common/count_array.c:9
ffffffffc0200020 b made.0\t./kernel/proc/proc.c:3
ffffffffc0201000 B bss_end
                 U nothing
"""
LOCK, MADE, TAKE = 0xFFFFFFFFC0200010, 0xFFFFFFFFC0200020, 0xFFFFFFFFC0001000


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kernel that nm says this of; addr2line knows a file of the second word of each instruction's line."""
    nm, addr2line = tmp_path / "nm", tmp_path / "addr2line"
    nm.write_text(f"#!/bin/sh\ncat <<'END'\n{LISTING}END\n")
    addr2line.write_text(
        "#!/bin/sh\nwhile read a; do echo $a; echo list_remove; echo ./kernel/lib/list.h:3; "
        "echo proc_take; echo ./kernel/proc/proc.c:9; done\n"
    )
    for program in (nm, addr2line):
        program.chmod(0o755)
    monkeypatch.setattr(names, "NM", str(nm))
    monkeypatch.setattr("bench.host.attribution.symbols.ADDR2LINE", str(addr2line))
    elf = tmp_path / "kernel.elf"
    elf.touch()
    return elf


def test_what_data_and_instructions_are_called(kernel: Path) -> None:
    found = names.load(kernel)
    assert found.span("spin_take_contended") == (TAKE, TAKE + 0x8F)
    assert found.data() == (0xFFFFFFFFC0200000, 0xFFFFFFFFC0200FFF)
    assert found.of([LOCK + 8, MADE, TAKE + 4, 0x10000, 0x80000100]) == {
        LOCK + 8: "variants/common/count_array.c:count_lock",
        MADE: "kernel/proc/proc.c:made",
        TAKE + 4: "kernel/proc/proc.c",  # what lists are used for
        0x10000: "programs",
        0x80000100: "firmware",
    }
    with pytest.raises(BenchError, match="has no symbol nowhere"):
        found.span("nowhere")


def test_a_kernel_that_cannot_be_read(tmp_path: Path) -> None:
    elf = tmp_path / "kernel.elf"
    elf.write_text("no ELF file")
    with pytest.raises(BenchError, match="cannot read the symbols"):
        names.load(elf)


def test_what_is_told_of_a_sample(kernel: Path) -> None:
    events = {
        "kernel/instructions": 900,
        "user/instructions": 100,
        "firmware/interrupts_sent": 2,
        "kernel/flushes": 3,
    }
    shared = Shared(300, {LOCK: 197, LOCK + 8: 2, TAKE: 1}, {LOCK: 40, MADE: 60})
    found = together.told(Sample(999, 4, {"late": 1}, {}), events, shared, kernel)
    assert (found.cycles, found.ops) == (300, 4)
    assert found.values == {
        "late": 1,
        "instructions": 1000,
        "instructions_waiting": 200,
        "lines_moved": 100,
        "interrupts_sent": 2,
        "flushes": 3,
    }
    assert found.events == {
        "moved/kernel/proc/proc.c:made": 60,
        "moved/variants/common/count_array.c:count_lock": 40,
        "waiting/other": 1,
        "waiting/variants/common/count_array.c:count_lock": 199,
    }


def test_what_the_probe_writes_of_several_harts(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text(
        "probe 1\nprogram instructions\nsample kernel=5\nsample kernel=9\nmakespan 4\n"
        "wait ff 2 3\nmoved fe 6 1\nend 2\n"
    )
    samples = [{"kernel/instructions": 5}, {"kernel/instructions": 9}]
    assert read(out) == Watched(samples, {}, {1: Shared(4, {0xFF: 3}, {0xFE: 6})})


@pytest.fixture(scope="module")
def results() -> dict[str, Results]:
    return {variant: figure_results(variant) for variant in VARIANTS}


def test_throughput_beside_one_hart(results: dict[str, Results]) -> None:
    rows = figures()["scaling"].table(results).records()
    found = {
        (row["variant"], row["harts"]): row["speedup"]
        for row in rows
        if row["family"] == "smp_fork"
    }
    assert found["eager", 1] == found["cow-array", 1] == 1
    assert found["eager", 8] == pytest.approx(8100 / 1100, rel=1e-5)
    assert found["cow-array", 8] == pytest.approx(1100 / 600, rel=1e-5)
    # Where fork has copied, writes are no faults.
    assert "eager" not in {row["variant"] for row in rows if row["family"] == "smp_fault"}


def test_parts_of_the_instructions(results: dict[str, Results]) -> None:
    several = scaling.usual(results["cow-array"], "smp_exit")
    assert [each.parameters["harts"] for each in several] == [1, 2, 4, 8]
    whole = 600 * 8
    parts = scaling.instructions(several[-1])
    assert parts == {"work": whole - 90, "counts": 90, "others": 0}
    assert scaling.locks(several[-1]) == {"count_lock": 90}
    moved = scaling.moved(several[-1])
    assert {name: n for name, n in moved.items() if n} == {"contents": 7, "kernel": 2}


def test_turns_of_other_lengths(results: dict[str, Results]) -> None:
    found = scaling.turned(results["cow-array"], "smp_fork")
    assert [(each.quantum, each.time, each.spread) for each in found] == [
        (50, 550, 0),
        (100, 600, 0),
        (200, 700, 0),
    ]


def test_harts_with_which_the_baseline_is_as_fast(results: dict[str, Results]) -> None:
    study = Study(results)
    assert scaling.level_with(study, "cow-array", "smp_fork") == round(8100 / 600)
    assert scaling.level_with(study, "eager", "smp_fork") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chapter(results: dict[str, Results], language: str) -> None:
    writer = Writer(Study(results), Texts(language), lambda name: f"![{name}]")  # type: ignore[arg-type]
    text = joined(harts.harts(writer))
    assert all(f"![{name}]" in text for name in ("scaling", "waiting", "moving"))
    assert "| `cow-array` | 8 | 600 | 1.83 | 4,800 | 1.9 % | 70 | 0 | 3 |" in text
    assert "`count_lock` 1.9 %" in text
    assert "16.7 %" in text  # turns of 200 beside those of 100
    assert "{" not in text


def test_without_results_there_is_no_chapter(results: dict[str, Results]) -> None:
    writer = Writer(Study({}), Texts("en"), lambda name: name)  # type: ignore[arg-type]
    assert joined(harts.harts(writer)) == ""
