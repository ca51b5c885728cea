"""What the Makefile calls: measure, and show, compare, draw and write up what was measured.

usage: python3 -m bench.host.cli COMMAND ...

Each module of bench/host/commands is a command. Exit status: 0 when all went well, 1 when a run or
a result is not usable, 2 for wrong arguments.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import signal
import sys
from pathlib import Path
from types import FrameType

from bench.host import commands, table
from bench.host.errors import BenchError, complain
from bench.host.running.machine import ROOT


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    console = table.make_console()
    try:
        return int(options.run(options, console))
    except BenchError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; earlier results are as they were", file=sys.stderr)
        return 130


def _on_terminate(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt  # the same way out: it ends the machines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
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
    signal.signal(signal.SIGTERM, _on_terminate)
    sys.exit(main())
