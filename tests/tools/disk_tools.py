"""Builds the tools for disks with gcc's sanitizers, and runs them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.host.running.machine import ROOT
from tests.support.host_build import SANITIZED, compile_host, include

TOOLS = ROOT / "tools"
SOURCES = {
    "mkfs": ["mkfs", "image", "tree"],
    "fsck": ["fsck", "check", "check_blocks", "check_tree", "check_volume"],
}


def compile_with_format(target: Path, sources: list[Path]) -> Path:
    """A program for the host; its includes are those of tools/ and of the kernel's format."""
    return compile_host(target, [*SANITIZED, *include(ROOT / "kernel", TOOLS), *sources])


def compile_tool(folder: Path, name: str) -> Path:
    return compile_with_format(folder / name, [TOOLS / f"{source}.c" for source in SOURCES[name]])


def run_tool(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run to the end; only a sanitizer ends a tool with another status than 0, 1 and 2."""
    done = subprocess.run(
        [program, *arguments],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
        env={"ASAN_OPTIONS": "exitcode=99:detect_leaks=0", "UBSAN_OPTIONS": "exitcode=99"},
    )
    assert done.returncode in (0, 1, 2), done.stdout[-2000:] + done.stderr
    return done
