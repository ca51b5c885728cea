"""The commands of ./cowshed, which are those of make too, and how one is done: its variables are checked, what
it needs is looked for and built, and then it runs.

Exit status: that of the command; 2 for a variable that is wrong and for what does not build, but 125 of `run`;
130 after ^C, SIGTERM or SIGHUP.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from bench.host.errors import BenchError, complain
from bench.host.options import Options, VariableError
from bench.host.running.machine import ROOT
from bench.host.variants import all_variants
from tools import variables
from tools.make import (
    JOBS,
    PLUGINS,
    POWER_CUTS,
    TURNS,
    BuildError,
    environment,
    flags,
    kernel,
    make,
    setup,
    test_goals,
)


@dataclass(frozen=True)
class Command:
    """What it does, how, the groups of tools/setup.sh that it needs, and its status when it cannot."""

    help: str
    run: Callable[[Options], int]
    needs: str = ""
    failed: int = 2
    refused: int = 2


def main(arguments: Sequence[str], **more: object) -> int:
    """Do a command with its variables; `more` are fields of Options that cannot be typed. Gives the
    exit status."""
    words = list(arguments)
    if words[:1] == ["--make"]:
        words = _from_make(words[1])
    quiet = words[:1] == ["-s"]
    name, *typed = words[quiet:] or ["help"]
    name = name.removeprefix("--")
    if name not in COMMANDS:
        known = " ".join(COMMANDS)
        complain(BenchError(f"there is no command {name!r}; there are: {known}"), "cowshed")
        return 2
    command = COMMANDS[name]
    try:
        _become_python(words)
        options = variables.parse(name, typed)
        options = replace(options, quiet=quiet, **more)
        if options.root == ROOT:
            setup(*command.needs.split())
        return command.run(options)
    except (VariableError, BuildError) as error:
        complain(error, name)
        return command.refused
    except BenchError as error:
        complain(error, name)
    except OSError as error:
        if error.filename is None:  # no trouble with a file
            raise
        complain(BenchError(f"{error.filename}: {error.strerror}"), name)
    except KeyboardInterrupt:
        sys.stdout.flush()
        message = "interrupted: nothing is left running, and each file is whole, old or new"
        print(f"{name}: {message}", file=sys.stderr)
        return 128 + signal.SIGINT
    return command.failed


def _from_make(name: str) -> list[str]:
    """The words of a command that make was told. In MAKEFLAGS make hands on what was typed: after its own
    options, with a backslash before each blank and backslash, and each dollar twice."""
    options, _, typed = f" {os.environ.get('MAKEFLAGS', '')}".partition(" -- ")
    words = re.findall(r"(?:\\.|[^\\ \t])+", typed, re.DOTALL)
    typed_words = [re.sub(r"\\(.)|\$(\$)", r"\1\2", word, flags=re.DOTALL) for word in words]
    # MAKEFLAGS has the last one first.
    silent = ["-s"] if re.match(r" [A-Za-z]*s", options) else []
    return [*silent, name, *reversed(typed_words)]


def _become_python(words: list[str]) -> None:
    """Go on under the interpreter of PYTHON=, where one was typed."""
    typed = [word for word in words if word.startswith("PYTHON=") and word != "PYTHON="]
    if not typed:
        return
    python = typed[-1].removeprefix("PYTHON=")
    others = [word for word in words if not word.startswith("PYTHON=")]
    try:
        os.execvp(python, [python, str(ROOT / "cowshed"), *others])
    except OSError as error:
        raise VariableError(f"PYTHON={python} cannot be run: {error.strerror}") from None


# What is measured, and shown of results.


def _command_of(name: str) -> Callable[[Options], int]:
    """A module of bench/host/commands."""

    def run(options: Options) -> int:
        from bench.host.display.terminal import make_console

        module = import_module(f"bench.host.commands.{name}")
        return int(module.run(options, make_console()))

    return run


def _bench(options: Options) -> int:
    from bench.host.commands import bench

    settings = bench.check(options)
    kernels = [(variant, options.lazy) for variant in bench.variants_of(options)]
    return _measure("bench", options, kernels, settings.usual())


def _verify(options: Options) -> int:
    from bench.host.commands import verify

    return _measure("verify", options, verify.check(options), not options.usual_layout)


def _measure(
    name: str, options: Options, kernels: Sequence[tuple[str, bool]], layouts: bool
) -> int:
    """Build the kernels of these variants, each with a lazy heap or not, and measure."""
    if options.root == ROOT:
        goals = [kernel(variant, lazy=lazy, layouts=layouts) for variant, lazy in kernels]
        make(options, *goals, *PLUGINS, "build/bench.img")
        lazy = any(lazy for _, lazy in kernels)
        options = replace(options, flags=options.flags or flags(lazy))
    return _command_of(name)(options)


def _cost(options: Options) -> int:
    """Kernels are only needed for a core whose events no results hold."""
    from bench.host.commands import cost

    new = [(variant, False) for variant in cost.to_simulate(options)]
    if not new:
        return _command_of("cost")(options)
    return _measure("cost", replace(options, probe=True), new, False)


def _explain(options: Options) -> int:
    from bench.host.commands import explain

    kernels = [(variant, False) for variant in explain.check(options)]
    return _measure("explain", replace(options, probe=True), kernels, False)


def _plot(options: Options) -> int:
    setup(*["zh"] * (options.language == "zh"))
    return _command_of("plot")(options)


# Machines, and what they are made of.


def _program(module: str, function: str = "run") -> Callable[[Options], int]:
    """A program that is imported when it is wanted: what it needs may have to be installed first."""
    return lambda options: int(getattr(import_module(module), function)(options))


def _build(options: Options) -> int:
    make(
        options,
        kernel(options.variant, lazy=options.lazy, debug=options.debug),
    )
    return 0


def _images(options: Options) -> int:
    make(options, "build/bench.img", "build/tests.img")
    return 0


def _image(options: Options) -> int:
    from tools.machines import build

    disk = build.system(options, build.FOLDERS)
    if options.image:
        new = Path(f"{options.image}.new")
        shutil.copyfile(disk, new)
        new.replace(options.image)
    return 0


# Tests.


def _test(options: Options) -> NoReturn:
    one = ["-m", "variant"] * bool(options.variants)
    _pytest(options, options.variants or all_variants(ROOT), options.pytest or one)


def _check(options: Options) -> NoReturn:
    _pytest(options, ["cow-reuse"], ["-m", "check", *options.pytest])


def _pytest(options: Options, variants: Sequence[str], words: Sequence[str]) -> NoReturn:
    """Become pytest. Without a path in its options the tests are those of pyproject.toml."""
    make(options, *test_goals(variants))
    command = [sys.executable, "-m", "pytest", "-n", str(JOBS), "--dist", "loadgroup", *words]
    built = {"COWSHED_BUILT": "1", "COWSHED_VARIANTS": " ".join(variants)}
    os.chdir(ROOT)
    os.execve(sys.executable, command, environment() | built)


def _power_cuts(options: Options) -> int:
    make(options, kernel(options.variant, lazy=options.lazy, debug=options.debug), POWER_CUTS)
    return int(import_module("tests.power_cut.command").run(options))


def _races(options: Options) -> int:
    from tests.races import command

    command.check(options)
    make(options, kernel(options.variant, debug=True), "build/tests.img", TURNS, out=sys.stderr)
    return command.run(options)


def _mutants(options: Options) -> int:
    return int(import_module("tests.mutations.run").main(options.mutants))


def _lint(options: Options) -> NoReturn:
    os.execve(ROOT / "tools" / "lint.sh", ["tools/lint.sh"], environment())


def _help(options: Options) -> int:
    from tools import describe

    of = options.of
    sys.stdout.write(describe.variables_text(of) if of else describe.help_text())
    return 0


COMMANDS = {
    "bench": Command(
        "measure one variant, or all; write `results/`, the figures, and the tables of the pages. A part, "
        "or [other settings](docs/reading-results.md#settings), go to `results/custom/`",
        _bench,
        "build bench",
        failed=1,
    ),
    "verify": Command(
        "[measure again](docs/reading-results.md#verifying), and compare with the committed results bit for "
        "bit; every entry that differs is named",
        _verify,
        "build bench",
        failed=1,
    ),
    "compare": Command("show results side by side", _command_of("compare"), "bench", failed=1),
    "cost": Command(
        "estimate cycles on a [core](docs/cores.md), from events that the [probe](docs/probe.md) counts",
        _cost,
        "bench",
        failed=1,
    ),
    "explain": Command(
        "show [which functions](docs/reading-results.md#explained), or lines, the instructions of one benchmark "
        "are of, or where the difference between two variants comes from; a flame graph goes to `build/explain/`",
        _explain,
        "bench",
        failed=1,
    ),
    "export": Command(
        "write the results in the format of Google Benchmark, for its `compare.py` and dashboards",
        _command_of("export"),
        "bench",
        failed=1,
    ),
    "plot": Command(
        "draw the [pictures](docs/pictures.md) again from `results/`, without measuring",
        _plot,
        "bench",
        failed=1,
    ),
    "report": Command(
        "write [REPORT.md](REPORT.md) and `build/report.html`, or a student's own report, from `results/`",
        _command_of("report"),
        "bench",
        failed=1,
    ),
    "table": Command("show the results of `results/` again", _command_of("table"), "bench", 1),
    "budget": Command(
        "show the measured costs beside their budgets", _command_of("budget"), "bench", 1
    ),
    "readme": Command(
        "write the generated parts of the pages again", _command_of("readme"), "bench", failed=1
    ),
    "check": Command(
        "a selection of the tests on one variant, in a minute", _check, "build bench test"
    ),
    "test": Command("all tests, of one variant or all", _test, "build bench test gdb zh"),
    "lint": Command("check style, types and spelling; nothing is built", _lint, "bench test lint"),
    "qemu": Command(
        "a shell in a machine on this terminal; Ctrl-A x ends it",
        _program("tools.machines.qemu", "start"),
        "build",
    ),
    "run": Command(
        "one command in a machine; [its status](docs/running-programs.md#one-command)",
        _program("tools.machines.run", "run_command"),
        "build",
        failed=125,
        refused=125,
    ),
    "qemu-gdb": Command(
        "as `make qemu`, but waits for gdb",
        _program("tools.machines.qemu", "start_with_gdb"),
        "build gdb",
    ),
    "grade": Command(
        "the score of a variant, in the lines of a course's `make grade`",
        _program("tools.machines.grade"),
        "build",
    ),
    "soak": Command(
        "random programs on all kinds of machine, power cuts, and schedules of harts, for a time",
        _program("tools.machines.soak"),
        "build soak",
    ),
    "power-cuts": Command(
        "cut the power of a machine at random moments: is anything lost?", _power_cuts, "build test"
    ),
    "races": Command(
        "run guest tests under [many schedules](docs/races.md) of the harts until one fails, and that one again",
        _races,
        "build bench test",
    ),
    "mutants": Command(
        "break the kernel on purpose, one bug at a time: which tests see it?",
        _mutants,
        "build test",
    ),
    "variant": Command("begin a variant as a copy of another", _program("tools.new_variant")),
    "build": Command(
        "build a kernel, such as `build/v/kernel.elf`, or `build/v-lazy-debug/kernel.elf`",
        _build,
        "build",
    ),
    "image": Command("build `build/root.img`, the disk with the whole system", _image, "build"),
    "images": Command("build the disks of benchmarks and tests", _images, "build"),
    "help": Command("show all commands, or the variables of one", _help),
}
