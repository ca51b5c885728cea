"""What the Makefile calls: measure, and show, compare, draw and write up what was measured.

usage: python3 -m bench.host.cli COMMAND ...

Each module of bench/host/commands is a command. Exit status: 0 when all went well, 1 when a run or
a result is not usable, 2 for wrong arguments, 130 after ^C, SIGTERM or SIGHUP.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path
from typing import NoReturn

from bench.host import commands, interrupts, program
from bench.host.errors import BenchError, complain
from bench.host.running.machine import ROOT


def main(arguments: list[str] | None = None) -> int:
    try:
        return _run(arguments)
    except BenchError as error:
        complain(error)
    except OSError as error:
        if error.filename is None:  # no trouble with a file
            raise
        complain(BenchError(f"{error.filename}: {error.strerror}"))
    except KeyboardInterrupt:
        sys.stdout.flush()
        message = "interrupted: nothing is left running, and each file is whole, old or new"
        print(f"bench: {message}", file=sys.stderr)
        return 130
    return 1


def _run(arguments: list[str] | None) -> int:
    # Imported here, with all commands: it takes longer than some commands, and ^C has to find
    # somebody who takes it.
    from bench.host.display.terminal import make_console

    options = _parser().parse_args(arguments)
    return int(options.run(options, make_console()))


class _Parser(argparse.ArgumentParser):
    """Says what is wrong, without its usage: most who meet it have typed a word of make."""

    def error(self, message: str) -> NoReturn:
        print(f"bench: error: {message}", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bench",
        description="Measure copy-on-write variants; show, compare, draw and write up the results.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for _, name, _ in pkgutil.iter_modules(commands.__path__):
        command = importlib.import_module(f"bench.host.commands.{name}")
        sub = subparsers.add_parser(name, help=command.HELP, description=command.HELP)
        sub.set_defaults(run=command.run)
        sub.add_argument(
            "--root", type=Path, default=ROOT, help="the project's folder (default: this one)"
        )
        command.add_arguments(sub)
    return parser


if __name__ == "__main__":
    interrupts.end_like_interrupt()
    program.run(main)
