"""tools/setup.sh and make deps: root gets what is missing, anybody else the one command; with stand-ins
for what would change this machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bench.host.running.machine import ROOT
from tests.support.scripts import make_script


class Machine:
    """A machine without the Python packages of `soak`, until they are installed."""

    def __init__(self, folder: Path, user: int, apt: str) -> None:
        self.folder = folder
        self.trace = folder / "trace"
        installed = folder / "installed"
        note = f'echo "$(basename "$0") $*" >>{self.trace}'
        make_script(folder / "id", f"echo {user}")
        make_script(folder / "sudo", note)
        make_script(folder / "apt-get", f"{note}; {apt.format(installed=installed)}")
        self.python = make_script(folder / "python", f"test -e {installed}")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ
            | {"PATH": f"{self.folder}:{os.environ['PATH']}", "TMPDIR": str(self.folder)}
            | {"PYTHON": self.python},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def calls(self) -> list[str]:
        return self.trace.read_text().splitlines() if self.trace.exists() else []


INSTALLS = "touch {installed}"
COMMAND = "apt-get install -y --no-install-recommends python3-rich"
BY_HAND = f"sudo apt-get update && sudo {COMMAND}"


def test_root_gets_what_is_missing(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 0, INSTALLS)
    done = machine.run("tools/setup.sh", "soak")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "setup: installing python3-rich\n"
    assert machine.calls() == ["apt-get update", COMMAND]
    assert machine.run("tools/setup.sh", "soak").stderr == ""
    assert len(machine.calls()) == 2 and not list(tmp_path.glob("cowshed*"))


def test_nobody_else_does_even_with_a_sudo_that_asks_for_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path, 1000, INSTALLS)
    done = machine.run("tools/setup.sh", "soak")
    assert (done.returncode, done.stdout, machine.calls()) == (1, "", [])
    assert done.stderr.splitlines()[-1] == f"    {BY_HAND}"


def test_installation_that_fails(tmp_path: Path) -> None:
    done = Machine(tmp_path, 0, "echo no network; exit 100").run("tools/setup.sh", "soak")
    assert done.returncode == 1
    assert "no network\n" in done.stderr and f"by hand it is: {BY_HAND}" in done.stderr
    done = Machine(tmp_path, 0, "true").run("tools/setup.sh", "soak")
    assert done.returncode == 1 and "python3-rich is installed, but py rich is still" in done.stderr


@pytest.mark.parametrize("there", [False, True])
def test_deps_is_for_all_targets(there: bool, tmp_path: Path) -> None:
    machine = Machine(tmp_path, 1000, INSTALLS)
    if there:
        (tmp_path / "installed").touch()
    done = machine.run("make", "deps", f"PYTHON={machine.python}")
    if there:
        assert done.stdout == "setup: nothing is missing: all targets have what they need\n"
        return
    assert done.returncode == 2
    packages = done.stderr.splitlines()[1].partition("recommends")[2].split()
    assert {"python3-rich", "python3-pytest", "python3-matplotlib"} <= set(packages)
    assert len(packages) == len(set(packages))
