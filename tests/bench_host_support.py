"""What the tests of the host side of the benchmarks share: a project folder with a fake machine."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.host import cli
from bench.host.running.measure import LAYOUTS
from bench.host.running.protocol import Benchmark, Run, Sample, full_name
from bench.host.stored.results import Results, document, summarize

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


def fill_results(root: Path, *arguments: str) -> None:
    """results/ from the fake machine, with settings that make it quick."""
    folder = root / "results"
    assert run_bench(root, *arguments, "--out", str(root / "measured")) == 0
    folder.mkdir(exist_ok=True)
    for path in (root / "measured").glob("*.*"):
        path.replace(folder / path.name)


def make_script(path: Path, body: str) -> str:
    """An executable shell script."""
    path.write_text("#!/bin/sh\n" + body)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def a_document(
    variant: str,
    times: Mapping[str, float | Sequence[float]],
    values: Mapping[str, Mapping[str, float]] | None = None,
    **context: Any,
) -> dict[str, Any]:
    """A document as `make bench` writes it, of made-up times (of one sample or several) by name, such
    as fork_touch/pages:16/percent:50 or fork/pages:16/layout:1. `values` are further numbers by name;
    the rest says what is unusual about the context."""
    runs: dict[int, Run] = {0: Run("OpenSBI v0", {"timer_overhead": 1})}
    for name, time in times.items():
        family, *words = name.split("/")
        numbers = {key: int(value) for key, value in (word.split(":") for word in words)}
        run = runs.setdefault(numbers.pop("layout", 0), Run("OpenSBI v0", {}))
        several = time if isinstance(time, Sequence) else [time]
        named: Any = (values or {}).get(name, {})
        samples: list[Any] = [Sample(each, 1, named, {}) for each in several]  # type: ignore[arg-type]
        full = full_name(family, numbers)
        run.benchmarks.append(
            Benchmark(
                full, family, numbers, "operation", True, "all", len(samples), 0, None, samples
            )
        )
    usual = {
        "variant": variant,
        "heap": "eager",
        "unit": "instructions",
        "clock": "icount",
        "harts": 1,
        "memory": "512M",
        "arguments": [],
        "source": "sha256:" + "1" * 64,
        "source_shared": "sha256:" + "2" * 64,
        "flags": "-O2",
        "compiler": "gcc 0",
        "qemu": "QEMU 0",
    }
    return document(usual | context, runs, {})


def a_result(
    variant: str,
    times: Mapping[str, float | Sequence[float]],
    values: Mapping[str, Mapping[str, float]] | None = None,
    **context: Any,
) -> Results:
    """What such a document says."""
    return summarize(a_document(variant, times, values, **context))
