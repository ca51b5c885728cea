"""What users type as NAME=value after make is text: whatever is in it, it reaches ./cowshed as it is, make
expands nothing of it, and no shell runs a part of it. What stands in the environment changes
nothing, and nothing is looked up before set-up."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.host.options import Options
from bench.host.running.machine import ROOT
from bench.host.text import printable
from tests.support.scripts import make_script
from tools import describe, variables

# A target for each kind of program, with all of its variables but two: PYTHON is used here.
TARGETS = ("bench", "compare", "run", "variant", "image", "soak", "help")


def make(
    *words: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env=os.environ | (environment or {}),
    )


def hostile(trace: Path, one_word: bool) -> str:
    """All that means something to a shell or to make, and would leave a trace where it is run."""
    touch = f"touch${{IFS}}{trace}"
    text = f'-a\'b"c;{touch};\'$({touch})`{touch}`"$({touch})"|{touch}&$$x${{x}}$@#%,:=*~\\'
    functions = f"$(shell touch {trace})$(error no)$(eval $(shell touch {trace}))"
    return text if one_word else f"{text} {functions}\nb  c\n"


def heard(tmp_path: Path) -> str:
    """A Python that says what it was called with, and fails, so that nothing goes on."""
    body = 'printf \'%s\\0\' "$@" "$CPATH"; exit 3'
    return f"PYTHON={make_script(tmp_path / 'python', body)}"


def names_of(target: str) -> list[str]:
    return [each.name for each in variables.variables_of(target) if each.name != "PYTHON"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_variable_reaches_the_program_as_it_is(target: str, tmp_path: Path) -> None:
    python = heard(tmp_path)
    trace = tmp_path / "trace"
    for one_word in (True, False):
        given = [f"{name}={hostile(trace, one_word)}" for name in names_of(target)]
        done = make(target, *given, python)
        assert {target, *given} <= set(done.stdout.split("\0")), done.stderr
        assert not trace.exists()


def test_no_variable_is_used_by_the_makefile() -> None:
    """It would expand what was typed."""
    used = set(re.findall(r"\$[({](\w+)[):}]", (ROOT / "Makefile").read_text()))
    assert len(used) > 40
    assert used & {each.name for each in variables.TABLE} == {"PYTHON"}


@pytest.mark.parametrize("target", [*TARGETS, "build", "test", "power-cuts"])
def test_the_environment_changes_nothing(target: str, tmp_path: Path) -> None:
    """A target does with it what it does without it."""
    exported = {each.name: f"exported by somebody: {each.name}" for each in variables.TABLE}
    exported |= {"MAKEFLAGS": "", "CPATH": "/nowhere"}
    words = [target, heard(tmp_path)]
    with_it, without = make(*words, environment=exported), make(*words)
    assert (with_it.returncode, with_it.stderr) == (without.returncode, without.stderr)
    assert with_it.stdout == without.stdout != ""


def test_the_environment_changes_nothing_that_is_built() -> None:
    names = {each.name for each in variables.TABLE}
    exported = dict.fromkeys(names | {"KERNEL", "RUN", "FOLDERS", "VERBOSE"}, "exported")
    goals = ["-n", "kernel+eager", "build/root.img"]
    assert make(*goals, environment=exported).stdout == make(*goals).stdout != ""


# What each object has a value of its own for.
OF_TARGETS = {"SOURCE"}


def test_each_variable_of_the_makefile_has_its_value_from_there() -> None:
    text = (ROOT / "Makefile").read_text()
    names = set(re.findall(r"\$\(([A-Z]\w*)[):]|ifn?def (\w+)", text))
    used = {name for pair in names for name in pair if name} - {"MAKE", "MAKEFLAGS", "CURDIR"}
    done = make("-pn", "help", environment=dict.fromkeys(used, "exported"))
    taken = set(re.findall(r"^# environment\n([\w-]+) =", done.stdout, re.MULTILINE))
    assert len(used) > 40 and taken & used <= OF_TARGETS


def test_make_that_prefers_the_environment_is_refused() -> None:
    for words in (["-e"], ["-se"]):
        done = make("help", *words)
        assert done.returncode == 2 and "make -e does not work here" in done.stderr
    assert make("help", "--silent", "--environment-overrides").returncode == 2
    assert make("help", "-s", "--debug=n", "--keep-going").returncode == 0


# What every Debian has, and make.
ESSENTIAL = "make sh cat echo cmp cp cut dirname find md5sum mkdir mv printf rm sed setpriv sort tail tr id".split()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["help"], ""),
        (["clean", "-n"], ""),
        (["build", "VARIANT=eager"], "setup: "),
        (["bench"], "setup: "),
        (["run", "CMD=ls"], "setup: "),
        (["test"], "setup: "),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_nothing_is_looked_up_before_set_up(words: list[str], said: str, tmp_path: Path) -> None:
    """On a machine without the packages."""
    for name in ESSENTIAL:
        path = shutil.which(name)
        assert path
        (tmp_path / name).symlink_to(path)
    done = make(*words, environment={"PATH": str(tmp_path)})
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == (said != "") and done.stderr.startswith(said), lines


def test_what_is_no_variable_of_a_command_is_refused() -> None:
    done = make("bench", "VARIANTS=eager", "PAGES=0")
    assert done.returncode == 2
    assert "bench: error: VARIANTS=eager is not a variable of bench, which takes: " in done.stderr
    assert "; VARIANT=eager is meant?\n" in done.stderr
    assert "MEM=1G is not a variable of plot" in make("plot", "MEM=1G").stderr


@pytest.mark.parametrize("name", ["VARIANT", "LAZY", "DEBUG"])
def test_a_variable_is_refused_by_name(name: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for one_word in (True, False):
        text = hostile(trace, one_word)
        done = make("build", *["VARIANT=eager"] * (name != "VARIANT"), f"{name}={text}")
        assert not trace.exists() and done.returncode == 2
        assert done.stderr.startswith(f"build: error: {name}={printable(text)} ")


def test_python_that_is_none_is_refused() -> None:
    done = make("bench", "PYTHON=/nowhere/python3")
    assert "bench: error: PYTHON=/nowhere/python3 cannot be run: No such file" in done.stderr


def test_odd_names_of_programs_are_refused(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for text in (hostile(trace, True) + ".c", "a'b.c", "a:b.c", "$(x).c", "*.c"):
        for quoted in (text, shlex.quote(text)):
            done = make("image", f"PROGS={quoted}")
            assert done.returncode == 2 and not trace.exists()
            assert done.stderr.startswith("image: error: PROGS: ")


# The tables of the pages.


def test_each_text_has_a_translation_and_each_translation_a_text() -> None:
    translated = describe.Words("zh").texts
    untold = set(describe.texts()) - translated.keys()
    assert [text for text in untold if re.search(r"\w \w", text)] == []
    assert translated.keys() - set(describe.texts()) == set()


def test_each_field_of_the_table_is_one_of_the_options() -> None:
    fields = Options.__dataclass_fields__
    assert {each.field for each in variables.TABLE} <= fields.keys()
    for each in variables.TABLE:
        if each.default:
            each.type.read(each.default)
