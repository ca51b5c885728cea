"""The variables of all commands, NAME=value after make or ./cowshed, in one table: `make help`, the tables
of docs/commands.md, and all checks and messages come from it.

An empty value is as good as none, and a switch that is 0 is off. What is wrong is refused with the reason
before anything is built.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.host.languages import LANGUAGES
from bench.host.options import Options, VariableError
from bench.host.running.machine import ROOT
from bench.host.text import printable
from bench.host.variants import all_variants

MAX_HARTS = 8  # of kernel/arch/types.h
MIN_MEBIBYTES_RAM_DISK = 48  # of a disk of 16M
MAX_SECONDS = 7 * 24 * 60 * 60
RESERVED = ("bench", "family", "repeat", "plan")  # arguments of the runner with another meaning


@dataclass(frozen=True)
class Type:
    """The values that a variable can have, in words, and how one is read: what is not among them is a
    ValueError, whose message goes on after NAME=value."""

    values: str
    read: Callable[[str], object]


def _variant(text: str) -> str:
    known = all_variants(ROOT)
    if text not in known:
        raise ValueError(f"is not a variant; there are: {' '.join(known)}")
    return text


def _variants(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_variant, text.split())))


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("can be 0 or 1, or be left out")
    return text == "1"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _command(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text) or not 0 < float(text) <= MAX_SECONDS:
        raise ValueError(f"is not a number of seconds, more than 0 and at most {MAX_SECONDS}")
    return float(text)


def _programs(text: str) -> object:
    from tools import programs

    return programs.parse(text)


def _arguments(text: str) -> tuple[str, ...]:
    import shlex

    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {str(error).lower()}") from None


def _percent(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?%", text):
        raise ValueError("is not a percentage such as 5% or 0.5%")
    return float(text.removesuffix("%")) / 100


def _patterns(text: str) -> str:
    names = re.split(r" *, *| +", text.strip())
    if not all(re.fullmatch(r"[a-z0-9_:/*?]+", name) for name in names):
        raise ValueError("is not a list of names such as fork*,null")
    return ",".join(names)


def _tests(text: str) -> str:
    names = re.split(r" *, *| +", text.strip())
    if not all(re.fullmatch(r"-?[a-z0-9_*]+", name) for name in names):
        raise ValueError("is not a list of patterns such as race_*,-race_exec")
    return ",".join(names)


def _numbers(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text):
        raise ValueError("is not a list of numbers such as 0,256")
    return text


def _parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in text.split() or [""]:
        name, equals, values = word.partition("=")
        if not equals or not re.fullmatch(r"[a-z_]+", name) or name in RESERVED:
            raise ValueError(f"has {word!r}, which is not a parameter such as percent=0,50")
        if name in found:
            raise ValueError(f"has {name} twice")
        try:
            found[name] = _numbers(values)
        except ValueError as error:
            raise ValueError(f"has {values!r}, which {error}") from None
    return found


def mebibytes(text: str) -> int:
    """Of a size such as 64M or 2G; 0 where it is none."""
    match = re.fullmatch(r"([0-9]{1,8})([MG])", text)
    return int(match[1]) * (1024 if match[2] == "G" else 1) if match else 0


def size(low: str, high: str, what: str) -> Type:
    def read(text: str) -> str:
        if not mebibytes(low) <= mebibytes(text) <= mebibytes(high):
            raise ValueError(f"is not a size of {what} from {low} to {high}, such as 128M or 2G")
        return text

    return Type(f"{low} – {high}", read)


def number(low: int, high: int) -> Type:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
            raise ValueError(f"is not a number from {low} to {high}")
        return int(text)

    return Type(f"{low} – {high}", read)


def choice(*names: str) -> Type:
    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"is none of: {' '.join(names)}")
        return text

    return Type(", ".join(names), read)


VARIANT = Type("a folder of `variants/`", _variant)
VARIANTS = Type("one or several variants", _variants)
SWITCH = Type("0, 1", _switch)
TEXT = Type("text", str)
WORDS = Type("words", _words)
COMMAND = Type("text", _command)
OPTIONS = Type("words, quoted as for a shell", _arguments)
SECONDS = Type("more than 0", _seconds)
SEED = number(0, 2**32 - 1)
PROGRAMS = Type("C sources and folders", _programs)
PERCENT = Type("0% – 999999%", _percent)
PATTERNS = Type("names with `*` and `?`", _patterns)
TESTS = Type("names with `*`", _tests)
NUMBERS = Type("numbers", _numbers)
PARAMETERS = Type("lists of numbers", _parameters)
PATH = Type("a path", Path)
LANGUAGE = choice(*LANGUAGES)


@dataclass(frozen=True)
class Variable:
    """One row of the table. A name that means another thing elsewhere has another row there."""

    name: str
    commands: str  # those that take it
    field: str  # of Options
    type: Type
    meaning: str
    default: str | None = ""  # as it would be typed; "": that of Options; None: it must be given
    shown: str = "…"  # a value for the synopsis of a command, or all of that

    def takes(self, command: str) -> bool:
        return not self.commands or command in self.commands.split()


MACHINE = "run qemu qemu-gdb"  # commands that start any machine

# fmt: off
TABLE = (
    # Which variant, and which kernel of it.
    Variable("VARIANT", "build export power-cuts races", "variant", VARIANT, "the variant", None, "v"),
    Variable("VARIANT", f"{MACHINE} grade", "variant", VARIANT, "the variant", "cow-reuse", "v"),
    Variable("VARIANT", "bench verify cost table test soak", "variants", VARIANTS, "the variants (without it, all)", "", "v"),
    Variable("VARIANT", "explain", "variants", VARIANTS, "the variant (without it, `cow-reuse`); or two by `A` and `B`, to be compared", "", "v"),
    Variable("CPUS", f"{MACHINE} grade", "harts", number(1, MAX_HARTS), "harts of the machine", "1", "n"),
    Variable("CPUS", "bench", "bench_harts", number(1, MAX_HARTS), "harts, of the benchmarks that have them as a parameter (without it, those of each benchmark)", "", "4"),
    Variable("CPUS", "races", "harts", number(2, 4), "harts of the machine", "4", "n"),
    Variable("MEM", MACHINE, "memory", size("16M", "64G", "memory"), "memory of the machine", "256M", "256M"),
    Variable("MEM", "bench", "memory", size("64M", "4G", "memory"), "memory of the machine", "512M", "1G"),
    Variable("LAZY", f"build {MACHINE} grade power-cuts", "lazy", SWITCH, "1: the heap gets a page at its first touch", "", "1"),
    Variable("LAZY", "bench verify compare export", "lazy", SWITCH, "1: kernels with a lazy heap, whose results are in `results/lazy`", "", "1"),
    Variable("DISK", MACHINE, "disk", choice("virtio", "ram"), "where the disk is", "virtio", "virtio|ram"),
    Variable("DISK", "grade", "disk", choice("virtio", "ram"), "where the disk is", "ram", "virtio|ram"),
    Variable("DEBUG", f"build {MACHINE} grade power-cuts", "debug", SWITCH, "1: the kernel that checks itself", "", "1"),
    # A machine.
    Variable("CMD", "run", "command", COMMAND, "what to type to the shell, in quotes", None, "'…'"),
    Variable("PROGS", f"{MACHINE} image", "programs", PROGRAMS, "programs to compile into the system: `'a.c ../b.c+util.c lab/'`", "", "'a.c …'"),
    Variable("TIMEOUT", "run", "timeout", SECONDS, "seconds until the machine is killed", "60", "60"),
    Variable("GDB_PORT", "qemu-gdb", "gdb_port", number(1, 65535), "where gdb connects (without it, a free port)", "", "n"),
    Variable("PARTS", "grade", "parts", WORDS, "parts of the score (without it, all)", "", "'simple …'"),
    Variable("IMAGE", "image", "image", PATH, "a copy of the disk", "", "my.img"),
    Variable("DISK_SIZE", "image", "disk_size", size("1M", "1G", "a disk"), "size of the disk", "16M", "64M"),
    # What to measure, and how.
    Variable("BENCH", "bench verify compare cost", "bench", PATTERNS, "names or families of benchmarks, with commas between (without it, all)", "", "'fork*,null'"),
    Variable("BENCH", "explain", "bench", PATTERNS, "the name of a benchmark", None, "fork/pages:1024"),
    Variable("LINES", "explain", "lines", SWITCH, "1: by line of the sources in place of by function", "", "1"),
    Variable("PAGES", "bench", "pages", NUMBERS, "heap sizes in pages (without it, those of each benchmark)", "", "0,1024"),
    Variable("PARAMS", "bench", "parameters", PARAMETERS, "values of other parameters", "", "'percent=0,50'"),
    Variable("REPEAT", "bench", "repeat", number(1, 999999), "samples of each benchmark (without it, 100 for small heaps and fewer for large ones)", "", "20"),
    Variable("PROBE", "bench", "probe", SWITCH, "1: also count events, for `make cost`; takes three times as long", "", "1"),
    Variable("CORE", "cost explain", "core", TEXT, "a core of `bench/cores/`, or the path of a file like these", "u74", "u74"),
    Variable("MACHINES", "bench verify cost power-cuts races", "machines", number(1, 64), "machines that run at a time; changes no result (without it, the host's CPUs, at most 4)", "", "2"),
    Variable("RESULTS", "verify", "results", PATH, "the results to verify (without it, `results/`, or `results/lazy` with `LAZY=1`)", "", "folder"),
    Variable("OUT", "bench", "out", PATH, "where results go (without it, `results/`, or `results/custom/` for a part and for other settings)", "", "folder"),
    Variable("OUT", "verify", "out", PATH, "where the new measurement goes (without it, `build/verify/`)", "", "folder"),
    # What to show of results.
    Variable("A", "compare", "a", TEXT, "a variant, or a file of results (without it, `eager`)", "", "A=x B=y"),
    Variable("B", "compare", "b", TEXT, "what is compared with it (without it, all others)", "", ""),
    Variable("FORMAT", "compare cost explain", "format", choice("terminal", "markdown", "csv"), "form of the output", "terminal", "terminal|markdown|csv"),
    Variable("FORMAT", "plot", "format", choice("svg", "png", "ascii", "gp"), "`ascii`: the main figure, in the terminal; `gp`: scripts for gnuplot (without it, svg and png)", "", "svg|png|ascii|gp"),
    Variable("A", "explain", "a", TEXT, "in place of `VARIANT`, a variant", "", "A=x B=y"),
    Variable("B", "explain", "b", TEXT, "another variant, compared with `A`", "", ""),
    Variable("OUT", "compare", "out", PATH, "the file to write (without it, standard output)", "", "file"),
    Variable("OUT", "export", "out", PATH, "the file to write (without it, `build/export/v.json`)", "", "export.json"),
    Variable("OUT", "report", "out", PATH, "the Markdown file to write (without it, `REPORT.md`; other reports, in `build/`)", "", "file.md"),
    Variable("FAIL_ABOVE", "compare", "fail_above", PERCENT, "status 3 when something got worse by more, or is gone", "", "5%"),
    Variable("TEMPLATE", "report", "template", choice("report", "course"), "`course`: the skeleton of a student's own report", "report", "report|course"),
    Variable("REPORT_LANG", "plot report", "language", LANGUAGE, "the language", "en", "en|zh"),
    Variable("CHECK", "report", "check", SWITCH, "1: only say whether the file is what the results make", "", "1"),
    # Tests, and the rest.
    Variable("PYTEST", "check test", "pytest", OPTIONS, "options of pytest; a path replaces `tests/`", "", "…"),
    Variable("SECONDS", "soak", "seconds", SECONDS, "how long", "60", "n"),
    Variable("SECONDS", "power-cuts", "seconds", SECONDS, "begin no cut later (without it, all are made)", "", "n"),
    Variable("SEED", "soak power-cuts", "seed", SEED, "of all that is random (without it, another each time)", "", "n"),
    Variable("CUTS", "power-cuts", "cuts", number(1, 10 ** 9), "how many cuts", "200", "200"),
    Variable("OUT", "power-cuts", "out", PATH, "where workloads are kept (without it, `build/power-cuts/`)", "", "folder"),
    Variable("AGAIN", "power-cuts", "again", TEXT, "a cut that failed, as its message names it: `folder:number`", "", ""),
    Variable("TEST", "races", "test", TESTS, "patterns of guest tests, with commas between; `-` before one takes tests away", "race_*", "'race_*'"),
    Variable("SEEDS", "races", "seeds", number(1, 10 ** 9), "how many schedules, for the tests in turn (without it, 1000)", "", "1000"),
    Variable("SEED", "races", "seed", SEED, "one schedule, that of this seed, for each of the tests", "", "n"),
    Variable("SHRINK", "races", "shrink", SWITCH, "1: with `SEED`, look for the fewest changes of turn that still fail, and show the steps of the harts", "", "SEED=n SHRINK=1"),
    Variable("MUTANTS", "mutants", "mutants", WORDS, "patterns of names (without it, all)", "", "'row1*'"),
    Variable("NAME", "variant", "name", TEXT, "the new variant", None, "x"),
    Variable("FROM", "variant", "source", VARIANT, "the variant to start from", None, "y"),
    Variable("OF", "help", "of", TEXT, "a command, whose variables are shown", "", "bench"),
    Variable("V", "", "verbose", SWITCH, "1: show each command of the build", "", ""),
    Variable("PYTHON", "", "python", TEXT, "the Python interpreter", "/usr/bin/python3", ""),
)
# fmt: on


def variables_of(command: str) -> list[Variable]:
    return [variable for variable in TABLE if variable.takes(command)]


def parse(command: str, words: Sequence[str]) -> Options:
    """Read words such as CPUS=4; of a name that comes twice the last one counts. Raises VariableError."""
    known = {variable.name: variable for variable in variables_of(command)}
    typed: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            raise VariableError(_unknown(command, word, list(known)))
        typed[name] = value
    values = {
        each.field: _read(each, typed.get(each.name) or each.default) for each in known.values()
    }
    given = {field: value for field, value in values.items() if value is not None}
    options = Options(**given)  # type: ignore[arg-type]
    if options.disk == "ram" and mebibytes(options.memory) < MIN_MEBIBYTES_RAM_DISK:
        raise VariableError(
            f"MEM={options.memory} is too little for a disk in memory: "
            f"{MIN_MEBIBYTES_RAM_DISK}M is needed, or DISK=virtio"
        )
    return options


def _read(variable: Variable, text: str | None) -> object:
    if text is None:
        raise VariableError(_missing(variable))
    if not text:
        return None
    try:
        return variable.type.read(text)
    except ValueError as error:
        value = ":" if variable.type is PROGRAMS else f"={printable(text)}"
        raise VariableError(f"{variable.name}{value} {error}") from None


def _missing(variable: Variable) -> str:
    text = f"{variable.name}= is missing: {variable.meaning}"
    return f"{text}, one of: {' '.join(all_variants(ROOT))}" if variable.type is VARIANT else text


def _unknown(command: str, word: str, names: list[str]) -> str:
    name, equals, value = word.partition("=")
    meant = difflib.get_close_matches(name, names, 1, 0.7) if equals else []
    hint = f"; {meant[0]}={printable(value)} is meant?" if meant else ""
    return f"{printable(word)} is not a variable of {command}, which takes: {' '.join(names)}{hint}"
