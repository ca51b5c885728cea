"""What users type as NAME=value after make is text: whatever is in it, it reaches the program as it is,
make expands nothing of it, and no shell runs a part of it. What stands in the environment changes
nothing, and nothing is looked up before set-up."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.support.scripts import make_script

# The options that get the words of each target; a word itself where the program takes NAME=value.
BENCH = {
    "MEM": "--memory",
    "BENCH": "--bench",
    "PAGES": "--pages",
    "REPEAT": "--repeat",
    "PARAMS": "--parameters",
    "CPUS": "--harts",
    "OUT": "--out",
}
COMPARE = {
    "A": "--a",
    "B": "--b",
    "BENCH": "--bench",
    "FORMAT": "--format",
    "OUT": "--out",
    "FAIL_ABOVE": "--fail-above",
}
OPTIONS = {
    "bench": BENCH,
    "verify": {"BENCH": "--bench", "RESULTS": "--results", "OUT": "--out"},
    "compare": COMPARE,
    "plot": {"FORMAT": "--format", "REPORT_LANG": "--language"},
    "report": {"TEMPLATE": "--template", "REPORT_LANG": "--language", "OUT": "--out"},
    "variant": {"NAME": "--name", "FROM": "--from"},
    "run": dict.fromkeys(("CMD", "VARIANT", "CPUS", "MEM", "DISK", "PROGS", "TIMEOUT"), ""),
    "qemu": dict.fromkeys(("VARIANT", "CPUS", "MEM", "DISK", "PROGS"), ""),
    "qemu-gdb": {"GDB_PORT": ""},
    "grade": {"PARTS": ""},
    "soak": {"VARIANT": "", "SECONDS": "", "SEED": ""},
}


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
    body = '[ "$1" = -c ] && exit 0; printf \'%s\\0\' "$@" "$CPATH"; exit 3'
    return f"PYTHON={make_script(tmp_path / 'python', body)}"


@pytest.mark.parametrize("target", OPTIONS)
def test_a_word_reaches_the_program_as_it_is(target: str, tmp_path: Path) -> None:
    python = heard(tmp_path)
    trace = tmp_path / "trace"
    # More than one word of VARIANT is refused by make itself.
    given = {word: hostile(trace, word == "VARIANT") for word in OPTIONS[target]}
    done = make(target, *(f"{word}={text}" for word, text in given.items()), python)
    expected = {f"{option or word}={given[word]}" for word, option in OPTIONS[target].items()}
    assert expected <= set(done.stdout.split("\0")), done.stderr
    assert not trace.exists()


def all_words() -> list[str]:
    """Every NAME that counts after make."""
    text = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    lists = re.findall(r"^(?:SWITCHES|TYPED) := (.*)", text, re.MULTILINE)
    return [name for line in lists for name in line.split() if "$" not in name]


@pytest.mark.parametrize("target", [*OPTIONS, "build", "image", "test", "power-cuts"])
def test_the_environment_changes_nothing(target: str, tmp_path: Path) -> None:
    """A target does with it what it does without it; the programs fail, so that nothing goes on."""
    exported = {name: f"exported by somebody: {name}" for name in all_words()}
    assert {"LAZY", "MEM", "PYTHON", "PYTEST", "V"} <= exported.keys()
    words = [target, "VARIANT=eager", heard(tmp_path)]
    words += ["-n"] * (target in ("build", "image"))
    with_it = make(*words, environment=exported | {"CPATH": "/nowhere"})
    without = make(*words)
    assert (with_it.returncode, with_it.stderr) == (without.returncode, without.stderr)
    # Kernels are built two at a time.
    assert sorted(with_it.stdout.splitlines()) == sorted(without.stdout.splitlines()) != []


# What each object has a value of its own for.
OF_TARGETS = {"SOURCE"}


def test_each_variable_of_the_makefile_has_its_value_from_there() -> None:
    text = (ROOT / "Makefile").read_text()
    names = set(re.findall(r"\$\(([A-Z]\w*)[):]|ifn?def (\w+)", text))
    used = {name for pair in names for name in pair if name} - {"MAKE", "MAKEFLAGS", "CURDIR"}
    done = make("-pn", "help", environment=dict.fromkeys(used, "exported"))
    taken = set(re.findall(r"^# environment\n([\w-]+) =", done.stdout, re.MULTILINE))
    assert len(used) > 50 and taken & used <= OF_TARGETS


def test_make_that_prefers_the_environment_is_refused() -> None:
    for words in (["-e"], ["-se"]):
        done = make("help", *words)
        assert done.returncode == 2 and "make -e does not work here" in done.stderr
    assert make("help", "--silent", "--environment-overrides").returncode == 2
    assert make("help", "-s", "--debug=n", "--keep-going").returncode == 0


@pytest.mark.parametrize("target", ["grade", "run", "build", "bench", "report"])
def test_empty_is_as_good_as_not_given_and_0_is_off(target: str, tmp_path: Path) -> None:
    words = [target, "VARIANT=eager"] + ["-n"] * (target == "build")
    python = [heard(tmp_path)] * (target != "build")
    empty = [f"{name}=" for name in all_words() if name not in ("VARIANT", "PYTHON")]
    off = [f"{name}=0" for name in ("LAZY", "DEBUG", "CHECK", "V")]
    expected = make(*words, *python).stdout
    assert make(*words, *python, *empty).stdout == expected != ""
    assert make(*words, *python, *off).stdout.replace("=0\0", "=\0") == expected


# What every Debian has, and make.
ESSENTIAL = (
    "make sh cat echo cmp cp cut dirname find md5sum mkdir mv printf rm sed sort tail tr id".split()
)


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
    done = make(*words, "PYTHON=/nowhere/python3", environment={"PATH": str(tmp_path)})
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == (said != "") and done.stderr.startswith(said), lines


@pytest.mark.parametrize("target", ["build", "bench", "verify", "test", "compare"])
@pytest.mark.parametrize("word", ["VARIANT", "LAZY", "DEBUG", "CLOCK", "CHECK"])
def test_a_word_that_make_looks_at_is_refused_by_name(
    target: str, word: str, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    for one_word in (True, False):
        text = hostile(trace, one_word)
        done = make(target, f"{word}={text}", heard(tmp_path))
        assert not trace.exists()
        if word != "VARIANT" or not one_word:
            assert f"{word} is '{text}'; it can be " in done.stderr
        elif target != "compare":  # which has no use for it
            assert f"make: unknown VARIANT '{text}'; there are: " in done.stderr


@pytest.mark.parametrize("text", ["icount|wall", "|", "wall|", "wall icount"])
def test_a_word_must_be_one_of_the_list(text: str) -> None:
    done = make("build", "VARIANT=eager", f"CLOCK={text}", "-n")
    assert f"CLOCK is '{text}'; it can be " in done.stderr


def test_odd_names_of_programs_are_refused(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for text in (hostile(trace, True) + ".c", "a'b.c", "a:b.c", "$(x).c", "*.c"):
        for quoted in (text, shlex.quote(text)):
            done = make("image", f"PROGS={quoted}")
            assert done.returncode == 2 and not trace.exists()
            assert done.stderr.startswith("PROGS: ")


def test_the_reason_is_that_of_the_program() -> None:
    done = make("compare", "FAIL_ABOVE=it's `5`")
    assert done.returncode == 2
    assert 'argument --fail-above: "it\'s `5`" is not a percentage' in done.stderr
    done = make("plot", "FORMAT=a'b")
    assert 'bench: error: argument --format: invalid choice: "a\'b"' in done.stderr
