"""^C, SIGTERM and SIGHUP while make compare, plot and report work: the files are the old ones, nothing
is left running, and one line says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.host import interrupts
from bench.host.plots import plot
from bench.host.running.machine import ROOT
from bench.host.stored.collection import load_alike
from bench.host.stored.results import store, write_all
from tests.bench.host.support import a_result
from tests.support.scripts import make_script

MESSAGE = "interrupted: nothing is left running, and each file is whole, old or new\n"
SIZES = (0, 256, 1024, 4096)

# The command, stopped where its files are written beside their places.
WRITES = """
import sys, time
from bench.host import interrupts
from bench.host.stored import results
from tests.bench.host.support import typed
from pathlib import Path
def wait(*arguments):
    print("here", flush=True)
    time.sleep(60)
results.os.chmod = wait
interrupts.end_like_interrupt()
sys.exit(typed(Path(sys.argv[1]), *sys.argv[2:]))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for variant, page in (("eager", 1100), ("cow-reuse", 20)):
        times = {f"fork/pages:{pages}": 1000 + page * pages for pages in SIZES}
        values = {name: {"resident_pages": pages + 5} for name, pages in zip(times, SIZES)}
        store(root / "results", a_result(variant, times, values))
    return root


def content(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b"folder"
        for path in root.rglob("*")
    }


def interrupt(words: list[str], number: signal.Signals, path: str = "") -> None:
    """Wait until a command says that it is where it is to be interrupted, and do it, twice."""
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env=os.environ | {"PATH": path + os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "here\n"
        for _ in range(2):
            process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors.partition(": ")[2] == MESSAGE


@pytest.mark.parametrize("number", interrupts.SIGNALS)
@pytest.mark.parametrize("command", ["compare", "report"])
def test_interrupt_while_files_are_written(
    command: str, number: signal.Signals, project: Path
) -> None:
    out = project / "out.md"
    more = ["FORMAT=markdown", f"OUT={out}"] if command == "compare" else []
    before = content(project)
    (project / "build").mkdir()
    interrupt([sys.executable, "-c", WRITES, str(project), command, *more], number)
    (project / "build").rmdir()  # and empty
    assert content(project) == before


@pytest.mark.parametrize("number", interrupts.SIGNALS)
def test_interrupt_while_pictures_are_drawn(
    number: signal.Signals, project: Path, tmp_path: Path
) -> None:
    """A program stands in for gnuplot, which would not end, and heeds no signal."""
    pids = tmp_path / "pids"
    (tmp_path / "bin").mkdir()
    body = f"trap '' INT TERM HUP; echo $$ >>{pids}; exec sleep 600"
    make_script(tmp_path / "bin" / "gnuplot", body)
    plot.draw(project / "results", load_alike(project / "results")[0])
    before = content(project)
    announce = (
        "import sys, time, threading\n"
        "from pathlib import Path\n"
        "from bench.host import interrupts\n"
        "from tests.bench.host.support import typed\n"
        "def wait():\n"
        f"    while not Path({str(pids)!r}).exists():\n"
        "        time.sleep(0.01)\n"
        "    print('here', flush=True)\n"
        "threading.Thread(target=wait, daemon=True).start()\n"
        "interrupts.end_like_interrupt()\n"
        "sys.exit(typed(Path(sys.argv[1]), *sys.argv[2:]))\n"
    )
    command = [sys.executable, "-c", announce, str(project), "plot"]
    interrupt(command, number, f"{tmp_path / 'bin'}:")
    assert content(project) == before
    for pid in pids.read_text().split():
        assert not Path("/proc", pid).exists()


def test_interrupt_while_pictures_take_their_places(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are new then, and none is missing."""
    results, _ = load_alike(project / "results")
    expected = {path.name for path in plot.draw(project / "results", results).files}
    for path in (project / "results" / "plots").iterdir():
        path.write_text("old")
    replace = Path.replace

    def replace_and_interrupt(path: Path, target: Path) -> Path:
        signal.raise_signal(signal.SIGTERM)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace_and_interrupt)
    interrupts.end_like_interrupt()
    with pytest.raises(KeyboardInterrupt):
        plot.draw(project / "results", results)
    there = {path.name: path.read_bytes() for path in (project / "results" / "plots").iterdir()}
    assert there.keys() == expected
    assert b"old" not in there.values()


def test_a_second_signal_does_not_stop_the_way_out() -> None:
    interrupts.end_like_interrupt()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    for number in interrupts.SIGNALS:
        signal.raise_signal(number)


def test_what_is_ignored_stays_so(tmp_path: Path) -> None:
    """Under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupts.end_like_interrupt()
    with interrupts.put_off():
        signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGHUP)
    with pytest.raises(KeyboardInterrupt), interrupts.put_off():
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGTERM)
    write_all({tmp_path / "a": "new"})
    assert (tmp_path / "a").read_text() == "new"
