"""Which program, function, phase and row an instruction belongs to, on made-up ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.host.attribution import flame, phases, symbols
from bench.host.attribution.located import Located, Program, by_program
from bench.host.attribution.rows import pairs, rows
from bench.host.attribution.symbols import Place
from bench.host.attribution.watched import Watched, median
from bench.host.cores import load as load_core
from bench.host.errors import BenchError
from bench.host.measured import PHASE, PHASES, Benchmark, Sample
from bench.host.running.probe import Instruction

CORE = load_core("u74")


def instruction(address: int, frame: int, bits: int) -> Instruction:
    return Instruction(address, frame << 12 | address & 0xFFF, bits, "user", {"instructions": 1})


def test_programs_at_the_same_addresses_are_told_by_their_bytes() -> None:
    first = Program(Path("first"), ((0x1000, bytes.fromhex("13000000 0100 93000000")),))
    second = Program(Path("second"), ((0x1000, bytes.fromhex("13000000 0100 13010000")),))
    alike, also_alike = instruction(0x1000, 7, 0x13), instruction(0x1004, 7, 0x1)
    in_second = instruction(0x1006, 7, 0x113)
    nowhere = instruction(0x2000, 8, 0x13)
    profile = [alike, also_alike, in_second, nowhere]
    assert list(by_program(profile, [first, second])) == [
        (Path("second"), profile[:3]),
        (None, [nowhere]),
    ]
    # The same frame, used twice: each gets its own, and the first one what both have.
    again = [alike, instruction(0x1006, 7, 0x93), in_second]
    assert dict(by_program(again, [first, second])) == {
        Path("first"): again[:2],
        Path("second"): [in_second],
    }


def test_what_addr2line_says() -> None:
    text = (
        "0x0000000000001000\ninner\n./kernel/a.h:3 (discriminator 2)\nouter\nkernel/b.c:7\n"
        "0x0000000000001004\n??\n??:0\n0x0000000000001008\nlabel\nkernel/c.S:?\n"
    )
    assert symbols.parsed(text) == {
        0x1000: (Place("inner", "kernel/a.h", 3), Place("outer", "kernel/b.c", 7)),
        0x1004: (Place("??", "", 0),),
        0x1008: (Place("label", "kernel/c.S", 0),),
    }


def located(*chain: Place, mode: str = "kernel", count: int = 1) -> Located:
    return Located(mode, chain, {"instructions": count})


def project(root: Path, toml: str) -> phases.Phases:
    (root / "bench").mkdir(parents=True)
    (root / "bench" / "phases.toml").write_text(toml)
    (root / "a.c").write_text("first line\n    map(it);\nlast line\n")
    return phases.load(root)


RULES = """
["a.c"]
"*" = "allocate"
whole = "exit"
["a.c".parts]
map = ["map("]
rest = "lookup"
"""


def test_the_innermost_entry_counts(tmp_path: Path) -> None:
    table = project(tmp_path, RULES)
    helper = Place("helper", "b.h", 1)
    expected = [
        (located(Place("parts", "a.c", 2)), "map"),
        (located(Place("parts", "a.c", 3)), "lookup"),
        (located(helper, Place("parts", "a.c", 2), Place("whole", "a.c", 1)), "map"),
        (located(helper, Place("whole", "a.c", 1)), "exit"),
        (located(Place("another", "a.c", 1)), "allocate"),
        (located(helper), None),
        (located(helper, mode="user"), "other"),
        (located(helper, mode="firmware"), "other"),
    ]
    assert [table.of(each) for each, _ in expected] == [phase for _, phase in expected]
    found, unknown = phases.split(table, [each for each, _ in expected])
    assert sum(found.values()) == len(expected) and found["other"] == 3
    assert unknown == [Place("helper", "b.h", 0)]


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("oops", "phases.toml: "),
        ('["a.c"]\nf = "fly"', "a.c, f: 'fly' is no phase; there are entry, lookup"),
        ('["a.c".f]\nmap = ["x"]', "a.c, f: give a phase, or a table of lines with rest"),
        ('["a.c".f]\nmap = "x"\nrest = "map"', "the lines of a phase are a list of texts"),
        ('f = "map"', "f is not a table of functions"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, toml: str, message: str) -> None:
    with pytest.raises(BenchError, match=message):
        project(tmp_path, toml)


def test_phases_are_values_of_a_sample_with_events_of_them() -> None:
    sample = Sample(5, 1, {}, {}, events={"kernel/instructions": 5, f"{PHASE}copy": 5})
    expected = dict.fromkeys((f"instructions_{each}" for each in PHASES), 0)
    assert sample.named == expected | {"instructions_copy": 5}
    assert Sample(5, 1, {}, {}, events={"kernel/instructions": 5}).named == {}


def test_rows_and_their_difference() -> None:
    inner, outer = Place("inner", "a.c", 2), Place("outer", "b.c", 1)
    one = [located(inner, outer, count=3), located(outer, count=2), located(inner, outer, count=1)]
    tables = [rows(each, CORE, Path("/nowhere"), False) for each in (one, one[1:])]
    assert [(r.where.function, r.where.inlined_in, r.instructions) for r in tables[0]] == [
        ("inner", "outer", 4),
        ("outer", "", 2),
    ]
    assert [(p.where.function, p.more) for p in pairs(*tables)] == [("inner", -3), ("outer", 0)]


def test_the_sample_whose_time_is_the_median() -> None:
    samples = [Sample(cycles, 1, {}, {}) for cycles in (9, 5, 7, 6)]
    assert median(Benchmark("null", "call", True, None, samples)).cycles == 6


def test_a_picture_names_what_is_in_it() -> None:
    place = Place("a<b", "kernel/mm/x.c", 1)
    benchmark = Benchmark("null", "call", True, None, [Sample(4, 1, {}, {})])
    watched = Watched("v", benchmark, benchmark.samples[0], [located(place, count=4)], True)
    text = flame.draw(watched, CORE)
    assert "a&lt;b (kernel/mm): 4 instructions (100.00 %), 3 estimated cycles" in text
    assert text.count("<rect") == 1 + 4  # the ground; all, mode, folder, function
