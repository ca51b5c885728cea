"""Scripts that stand in for programs."""

from __future__ import annotations

import stat
from pathlib import Path


def make_script(path: Path, body: str) -> str:
    """An executable shell script."""
    path.write_text("#!/bin/sh\n" + body)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
