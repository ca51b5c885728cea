"""make run: one command in a machine of its own.

What the machine says is standard output; what this program says is standard error. The exit status is
the command's, or
  124  the time limit ended it
  125  no machine was started: a variable is wrong, or something does not build
  130  ^C, SIGTERM or SIGHUP ended it
"""

from __future__ import annotations

import sys

from bench.host.options import Options
from bench.host.running.machine import Outcome, run
from tools.machines import build
from tools.machines.console import Screen, keyboard

TIMED_OUT, NOT_STARTED = 124, 125


def run_command(wanted: Options) -> int:
    """Build, boot, show, and give the exit status."""
    screen = Screen(sys.stdout.buffer)
    with build.machine_for(wanted, wanted.command, time_limit=wanted.timeout) as config:
        try:
            with keyboard(sys.stdin.fileno(), screen.started) as typed:
                outcome = run(config, on_data=screen.show, stdin=typed)
        finally:
            screen.finish()
    return status_of(outcome, wanted, screen.started.is_set())


def status_of(outcome: Outcome, wanted: Options, started: bool) -> int:
    """The exit status, with a line that explains one which is not the command's."""
    if outcome.timed_out:
        complain(f"no end after {wanted.timeout:g} s: killed (TIMEOUT=n gives it n seconds)")
        return TIMED_OUT
    if outcome.flooded:
        complain("more console output than any command should make: killed")
        return TIMED_OUT
    if outcome.errors:
        complain(f"QEMU says: {outcome.errors}")
    if not started:
        complain("the machine ended before the kernel said anything")
        return NOT_STARTED
    assert outcome.status is not None
    return outcome.status


def complain(message: str) -> None:
    print(f"run: {message}", file=sys.stderr, flush=True)
