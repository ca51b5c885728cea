"""What users type as NAME=value after make is text: whatever is in it, it reaches the program as it is,
make expands nothing of it, and no shell runs a part of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from bench_host_support import make_script

from bench.host.running.machine import ROOT

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
    # What make tells the makes below it is not for this one.
    inherited = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS")}
    return subprocess.run(
        ["make", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env=inherited | (environment or {}),
    )


def hostile(trace: Path, one_word: bool) -> str:
    """All that means something to a shell or to make, and would leave a trace where it is run."""
    touch = f"touch${{IFS}}{trace}"
    text = f'-a\'b"c;{touch};\'$({touch})`{touch}`"$({touch})"|{touch}&$$x${{x}}$@#%,:=*~\\'
    functions = f"$(shell touch {trace})$(error no)$(eval $(shell touch {trace}))"
    return text if one_word else f"{text} {functions}\nb  c\n"


def heard(tmp_path: Path) -> str:
    """A Python that says what it was called with, and fails, so that nothing goes on."""
    body = '[ "$1" = -c ] && exit 0; printf \'%s\\0\' "$@"; exit 3'
    return f"PYTHON={make_script(tmp_path / 'python', body)}"


@pytest.mark.parametrize("by_environment", [False, True], ids=["typed", "environment"])
@pytest.mark.parametrize("target", OPTIONS)
def test_a_word_reaches_the_program_as_it_is(
    target: str, by_environment: bool, tmp_path: Path
) -> None:
    python = heard(tmp_path)
    trace = tmp_path / "trace"
    # More than one word of VARIANT is refused by make itself.
    given = {word: hostile(trace, word == "VARIANT") for word in OPTIONS[target]}
    words = [] if by_environment else [f"{word}={text}" for word, text in given.items()]
    done = make(target, *words, python, environment=given if by_environment else None)
    expected = {f"{option or word}={given[word]}" for word, option in OPTIONS[target].items()}
    assert expected <= set(done.stdout.split("\0")), done.stderr
    assert not trace.exists()


@pytest.mark.parametrize("target", ["build", "bench", "verify", "test", "compare"])
@pytest.mark.parametrize("word", ["VARIANT", "LAZY", "DEBUG", "PHASES", "CLOCK", "CHECK"])
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
        done = make("image", f"PROGS={text}")
        assert done.returncode == 2 and not trace.exists()
        assert "has characters that make cannot handle in a file's name" in done.stderr


def test_the_reason_is_that_of_the_program() -> None:
    done = make("compare", "FAIL_ABOVE=it's `5`")
    assert done.returncode == 2
    assert 'argument --fail-above: "it\'s `5`" is not a percentage' in done.stderr
    done = make("plot", "FORMAT=a'b")
    assert 'bench: error: argument --format: invalid choice: "a\'b"' in done.stderr
