"""The user library: unit tests of tests/user/test_library.c, on the host with sanitizers."""

from __future__ import annotations

import subprocess

import pytest

from bench.host.running.machine import ROOT
from tests.support.host_build import check_cmocka, names_of_tests
from tests.user.user_host import ENVIRONMENT, SOURCES, library_test

NAMES = names_of_tests(SOURCES / "test_library.c", macro="UNIT")


@pytest.mark.xdist_group("user")
@pytest.mark.parametrize("name", NAMES)
def test_library(name: str) -> None:
    check_cmocka(library_test(), name, ENVIRONMENT)


def test_the_interface_is_whole() -> None:
    """What programs of the interface take from the headers is there, with the same types."""
    flags = "-std=gnu11 -O2 -fno-builtin -ffreestanding -Wall -Werror -march=rv64imac -mabi=lp64"
    command = ["riscv64-unknown-elf-gcc", *flags.split(), "-fsyntax-only", "-I", "user/include"]
    source = SOURCES / "interface.c"
    done = subprocess.run(
        [*command, str(source)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.stderr, done.returncode) == ("", 0)
