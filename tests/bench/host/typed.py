"""A command of ./cowshed in a project of a test: typed.py ROOT COMMAND NAME=value ..."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.host import interrupts, program
from tests.bench.host.support import typed

if __name__ == "__main__":
    interrupts.end_like_interrupt()
    program.run(lambda: typed(Path(sys.argv[1]), *sys.argv[2:]))
