"""What the tests of the host side of the benchmarks share: a project folder with a fake machine."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from bench.host import cli
from bench.host.running.measure import LAYOUTS
from bench.host.stored.results import Results, summarize

FAKE_MACHINE = Path(__file__).with_name("fake_machine.py")
VARIANTS = ("eager", "cow-array", "cow-hash", "cow-reuse")
README = """# Title

typed before
<!-- generated: budgets -->
old
<!-- end of budgets -->
typed after
"""


def make_project(root: Path, variants: tuple[str, ...] = VARIANTS) -> Path:
    """A project in which everything is built, as far as the host side can see."""
    (root / "build").mkdir(parents=True)
    (root / "build" / "bench.img").touch()
    (root / "README.md").write_text(README)
    for variant in variants:
        (root / "variants" / variant).mkdir(parents=True)
        (root / "variants" / variant / "variant.h").write_text(f"// {variant}\n")
        for suffix in ("", *(f"-link{seed}" for seed in LAYOUTS)):
            (root / "build" / (variant + suffix)).mkdir()
            (root / "build" / (variant + suffix) / "kernel.elf").touch()
    return root


def run_bench(root: Path, *arguments: str) -> int:
    """`bench` on the fake machine; gives the exit status."""
    return cli.main(
        ["bench", "--root", str(root), "--qemu", str(FAKE_MACHINE), "--compiler", str(FAKE_MACHINE)]
        + list(arguments)
    )


def make_script(path: Path, body: str) -> str:
    """An executable shell script."""
    path.write_text("#!/bin/sh\n" + body)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def a_result(
    variant: str, times: dict[str, float], values: dict[str, dict[str, float]] | None = None
) -> Results:
    """Results with these medians by name, such as fork_touch/pages:16/percent:50; `values` are further
    numbers by name."""
    entries = []
    for name, time in times.items():
        family, *words = name.split("/")
        numbers = {key: int(value) for key, value in (word.split(":") for word in words)}
        layout = numbers.pop("layout", 0)
        entry: dict[str, Any] = {
            "name": name,
            "run_name": name,
            "run_type": "iteration",
            "repetitions": 1,
            "repetition_index": 0,
            "real_time": time,
            "family": family,
            "parameters": numbers,
            **{key: value for key, value in numbers.items() if key == "pages"},
            "layout": layout,
            "unit": "operation",
            "timed": True,
            **(values or {}).get(name, {}),
        }
        entries.append(entry)
        entries.append(
            entry | {"name": f"{name}_median", "run_type": "aggregate", "aggregate_name": "median"}
        )
    context = {"variant": variant, "unit": "instructions", "memory": "512M"}
    return summarize({"context": context, "benchmarks": entries})
