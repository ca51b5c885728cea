"""make grade: its lines, its score, and that it fails when it must."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.host.options import Options
from bench.host.running.machine import ROOT, MachineConfig
from tests.guest.guest_machine import first_variants
from tests.support.scripts import make_script
from tools import commands
from tools.machines import build, grade

Fake = Callable[..., int]  # runs the program, and gives its status


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Makes a shell script stand in for the machines; it knows its command as $command."""
    kernel = tmp_path / "kernel.elf"
    kernel.touch()
    seen: list[Options] = []

    def run_fake(body: str, *words: str) -> int:
        @contextmanager
        def machine_for(wanted: Options, command: str, **options: float) -> Iterator[MachineConfig]:
            seen.append(wanted)
            script = make_script(tmp_path / "qemu", f"command='{command}'\n{body}")
            yield MachineConfig(kernel=kernel, qemu=script, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(build, "machine_for", machine_for)
        status = commands.main(["grade", *words])
        assert all(machine.memory == "128M" for machine in seen)
        return status

    return run_fake


def good(part: str = "") -> str:
    """A machine in which all is well, but for what else is said of a part."""
    lines = "\n".join(f"'{p.command}') line='{p.line}' ;;" for p in grade.PARTS)
    return f'case $command in\n{part}\n{lines}\nesac\necho "$line"\n'


def test_full_score(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    assert fake(good(), "CPUS=4", "VARIANT=cow-hash", "LAZY=0", "DEBUG=", "PARTS=") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "== Test   simple == "
    assert lines[1].startswith("  simple: OK (") and lines[1].endswith("s)")
    assert lines[-1] == "Score: 110/110"
    assert len(lines) == 2 * len(grade.PARTS) + 1


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("echo 'three: ok'; exit 1", "status 1, where 0 is right"),
        ("echo 'three: lost a page'; exit 0", "no line 'three: ok'"),
        ("exit 0", "no line 'three: ok'"),
        ("echo 'three: ok'; echo 'cowshed: panic'; exit 255", "status 255"),
    ],
)
def test_part_that_fails(
    fake: Fake, capsys: pytest.CaptureFixture[str], what: str, reason: str
) -> None:
    (part,) = [p for p in grade.PARTS if p.name == "three"]
    assert fake(good(f"'{part.command}') {what} ;;")) == 1
    out = capsys.readouterr().out
    assert "  three: FAIL (" in out and reason in out
    assert "  file: OK (" in out
    assert f"Score: {110 - part.points}/110" in out
    assert "expected" not in out


def test_part_that_does_not_end(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = grade.Part("hang", 10, "hang", "hang: ok", time_limit=0.3)
    monkeypatch.setattr(grade, "PARTS", (part,))
    assert fake("echo 'hang: ok'; sleep 600") == 1
    assert "no end after 0.3 s" in capsys.readouterr().out


def test_console_of_a_part_that_fails_is_shown(
    fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fake("echo 'page 7 is wrong'; exit 1", "PARTS=file") == 1
    out = capsys.readouterr().out
    assert "      page 7 is wrong\n" in out and "simple" not in out


def test_what_eager_copying_must_fail_is_called_expected(
    fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "echo 'simple: fork() failed'; exit 1"
    assert fake(body, "VARIANT=eager", "PARTS=simple") == 1
    out = capsys.readouterr().out
    assert "expected: this variant copies every page at fork" in out
    assert "Score: 0/15" in out
    assert fake(body, "VARIANT=cow-array", "PARTS=simple") == 1
    assert "expected" not in capsys.readouterr().out


def test_points_are_110() -> None:
    assert sum(part.points for part in grade.PARTS) == 110


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (
            "MEM=256M",
            "MEM=256M is not a variable of grade, which takes: VARIANT CPUS LAZY DISK DEBUG PARTS",
        ),
        ("PARTS=simpel", "there is no part 'simpel'; there are: simple three file"),
        ("VARIANT=x", "VARIANT=x is not a variant"),
        ("TIMEOUT=5", "TIMEOUT=5 is not a variable of grade"),
    ],
)
def test_bad_words_are_refused(capsys: pytest.CaptureFixture[str], word: str, reason: str) -> None:
    assert commands.main(["grade", word]) == 2
    assert reason in capsys.readouterr().err


def test_only_eager_copies_at_fork() -> None:
    variants = [path.parent.name for path in ROOT.glob("variants/*/variant.h")]
    assert [v for v in variants if grade.copies_at_fork(v)] == ["eager"]


# On machines.


@pytest.mark.parametrize("variant", first_variants())
def test_parts_of_the_course(variant: str, capfd: pytest.CaptureFixture[str]) -> None:
    """All variants pass them but for one part, which copying at fork must fail."""
    copies = grade.copies_at_fork(variant)
    status = commands.main(["grade", f"VARIANT={variant}", "PARTS=simple three file"])
    out = capfd.readouterr().out
    assert status == (1 if copies else 0), out
    assert ("  simple: FAIL (" if copies else "  simple: OK (") in out
    assert ("simple: fork() failed" in out) == copies
    assert ("expected: this variant copies every page at fork" in out) == copies
    assert "  three: OK (" in out and "  file: OK (" in out
    assert f"Score: {30 if copies else 45}/45" in out
