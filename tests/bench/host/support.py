"""What the tests of the host side of the benchmarks share: a project folder with a fake machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.host.cores import load, names
from bench.host.measured import Benchmark, Results, Sample
from bench.host.running.machine import ROOT
from bench.host.running.measure import LAYOUTS
from bench.host.running.protocol import COUNTERS, Run
from bench.host.stored.results import gathered, signed
from tools import commands

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
    with_benchmarks(root)
    for variant in variants:
        (root / "variants" / variant).mkdir(parents=True)
        (root / "variants" / variant / "variant.h").write_text(f"// {variant}\n")
        for suffix in ("", *(f"-link{seed}" for seed in LAYOUTS)):
            (root / "build" / (variant + suffix)).mkdir()
            (root / "build" / (variant + suffix) / "kernel.elf").touch()
    return root


def with_benchmarks(root: Path) -> None:
    """Ours, whose files say what a page shows of them."""
    (root / "bench").mkdir(parents=True)
    (root / "bench" / "guest").symlink_to(ROOT / "bench" / "guest")


def typed(root: Path, *words: str, **more: object) -> int:
    """A command as it is typed, on the fake machine; gives the exit status."""
    more = {"qemu": str(FAKE_MACHINE), "compiler": str(FAKE_MACHINE)} | more
    return commands.main(words, root=root, **more)


def command(root: Path, *words: str) -> list[str]:
    """The same as a program of its own."""
    return [sys.executable, "-m", "tests.bench.host.typed", str(root), *words]


def run_bench(root: Path, *words: str, **more: object) -> int:
    return typed(root, "bench", *words, **more)


def fill_results(root: Path, *arguments: str) -> None:
    """results/ from the fake machine, with settings that make it quick."""
    folder = root / "results"
    assert run_bench(root, *arguments, f"OUT={root / 'measured'}") == 0
    folder.mkdir(exist_ok=True)
    for path in (root / "measured").glob("*.*"):
        path.replace(folder / path.name)


def a_result(
    variant: str,
    times: Mapping[str, float | Sequence[float]],
    values: Mapping[str, Mapping[str, float]] | None = None,
    **context: Any,
) -> Results:
    """Results as `make bench` writes them, of made-up times (of one sample or several) by name, such as
    fork_touch/pages:16/percent:50 or fork/pages:16/layout:1. `values` are further numbers by name; the
    rest says what is unusual about the context."""
    runs: dict[int, Run] = {0: Run("OpenSBI v0", {"timer_overhead": 1})}
    for name, time in times.items():
        usual_name, _, layout = name.partition("/layout:")
        several = time if isinstance(time, Sequence) else [time]
        numbers: Any = (values or {}).get(name, {})
        found = benchmark(usual_name, [sample(each, numbers) for each in several])
        runs.setdefault(int(layout or 0), Run("OpenSBI v0")).benchmarks.append(found)
    usual = {
        "variant": variant,
        "heap": "eager",
        "unit": "instructions",
        "clock": "icount",
        "harts": 1,
        "memory": "512M",
        "arguments": [],
        "images": {"bench.img": "sha256:" + "1" * 64},
        "flags": "-O2",
        "compiler": "gcc 0",
        "qemu": "QEMU 0",
    }
    return gathered(usual | context, runs, {})


def benchmark(name: str, samples: list[Sample], **more: Any) -> Benchmark:
    return Benchmark(name, "operation", True, samples=samples, **more)


def sample(time: float, numbers: Mapping[str, float] | None = None) -> Sample:
    """Of one operation."""
    known: Any = dict(numbers or {})
    counters = {key: known.pop(key) for key in list(known) if key in COUNTERS}
    return Sample(time, 1, known, counters)  # type: ignore[arg-type]


def figure_results(variant: str, **context: Any) -> Results:
    """Made-up results of all benchmarks that figures show."""
    times: dict[str, float] = {}
    values: dict[str, dict[str, float]] = {}
    eager = variant == "eager"
    page = 1100 if eager else 36 if variant == "cow-hash" else 18
    fault = 0 if eager else 1400 if variant == "cow-hash" else 1350
    for pages in (0, 256, 1024, 4096, 16384):
        resident: dict[str, float] = {"resident_pages": pages + 5}
        for family, base in (("fork", 1000), ("fork_exec", 7000)):
            times[f"{family}/pages:{pages}"] = base + page * pages
            values[f"{family}/pages:{pages}"] = resident
        metadata = {"eager": 0, "cow-hash": 69632}.get(variant, 524288)
        used = {f"frames_after_{p}": pages if eager else pages * p // 100 for p in (0, 10, 50, 100)}
        times[f"memory/pages:{pages}"] = 0
        values[f"memory/pages:{pages}"] = used | {"metadata_bytes_peak": metadata}
    for pages in (1024, 4096):
        times[f"write_copy/pages:{pages}"] = fault or 3
        times[f"write_last/pages:{pages}"] = {"eager": 3, "cow-array": 1350}.get(variant, 190)
        for percent in (0, 1, 10, 25, 50, 75, 100):
            name = f"fork_touch/pages:{pages}/percent:{percent}"
            times[name] = 5000 + page * pages + (fault or 3) * pages * percent // 100
        for updates in (10000, 100000):
            name = f"snapshot/pages:{pages}/updates:{updates}"
            times[name] = 10**6
            values[name] = {
                f"frames_{i}": pages if eager else pages * (i + 1) // 12 for i in range(10)
            }
        for memory in (64, 256, 1024, 4096):
            name = f"metadata/pages:{pages}/memory:{memory}"
            times[name] = 0
            table = 20480 if pages == 1024 else 69632
            values[name] = {
                "pages_shared": pages + 8,
                "metadata_bytes": {"eager": 0, "cow-hash": table}.get(variant, memory * 1024),
            }
    for pages in (1, 16, 256, 2048):
        times[f"latency/pages:{pages}"] = 3 + pages
    for kind, copies in ((0, eager), (1, True), (2, variant == "cow-array")):
        parts = dict.fromkeys(
            "entry lookup allocate copy count map flush exit other".split(), 20 + kind
        )
        parts["copy"] = (10**6 if kind == 0 else 1046) if copies else 0
        if eager and kind:
            parts = dict.fromkeys(parts, 0) | {"other": 1}
        name = f"fault_phases/kind:{kind}"
        times[name] = sum(parts.values())
        values[name] = {f"instructions_{key}": value for key, value in parts.items()}
        values[name] |= {"resident_pages": 1029} if kind == 0 else {}
    return with_made_up_events(a_result(variant, times, values, **context))


def with_made_up_events(found: Results) -> Results:
    """As if the probe had been there: on the cores of the project, where more instructions mean more of
    all, and copying costs more than they say."""
    shapes = {core.name: core.shape() for core in map(load, names())}
    misses = 20 if found.variant == "eager" else 50  # instructions for each

    def watched(each: Sample) -> Sample:
        count = each.cycles or 0
        events = {"user/instructions": 1, "kernel/instructions": count - 1, "kernel/traps_store": 1}
        events["kernel/loads"] = count // 3
        for core in shapes:
            for number, event in enumerate(
                ("l1d_misses", "l2_misses", "dtlb_misses", "mispredicts")
            ):
                events[f"kernel/{core}/{event}"] = count // (misses * (number + 1))
        return replace(each, events={key: n for key, n in events.items() if n > 0})

    timed = {
        name: replace(each, samples=[watched(one) for one in each.samples])
        for name, each in found.benchmarks.items()
        if each.family not in ("memory", "metadata")
    }
    names_of_all = sorted(
        {key for each in timed.values() for one in each.samples for key in one.events}
    )
    context = found.context | {"cores": shapes, "events": names_of_all}
    return signed(Results(found.variant, context, found.benchmarks | timed))


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
