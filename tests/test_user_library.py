"""The user library: unit tests of tests/host/user/test_library.c, on the host with sanitizers."""

from __future__ import annotations

import re
import subprocess

import pytest
from user_host import ENVIRONMENT, SOURCES, library_test

NAMES = re.findall(r"UNIT\((\w+)\),", (SOURCES / "test_library.c").read_text())


@pytest.mark.xdist_group("user")
@pytest.mark.parametrize("name", NAMES)
def test_library(name: str) -> None:
    done = subprocess.run(
        [library_test(), name],
        env={**ENVIRONMENT, "CMOCKA_MESSAGE_OUTPUT": "TAP"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ok 1 - {name}" in done.stdout.splitlines(), done.stdout
