"""Several harts at once: throughput beside one hart, what is waited for, what moves between harts, and how far
all this depends on the turns that the harts take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.host.analysis.study import Study
from bench.host.measured import MOVED, WAITING, Benchmark, Results

FAMILIES = ("smp_fork", "smp_fault", "smp_exit")
QUANTUM = 100  # instructions: the usual length of a turn
TRIED_ON = 4  # harts: where other lengths were tried

# Whose data moves, by the file that defines or uses it. The first that fits counts: what else is under
# variants/ is a strategy's.
TABLES = tuple(f"variants/common/{name}" for name in ("fork_", "release", "span_"))
OWNERS: dict[str, tuple[str, ...]] = {
    "tables": ("kernel/mm/space", *TABLES),
    "counts": ("variants/",),
    "contents": ("kernel/arch/page.S",),
    "frames": ("kernel/mm/frame",),
    "programs": ("programs",),
    "kernel": ("",),
}
WORK, COUNTS, OTHERS = "work", "counts", "others"


def usual(results: Results, family: str) -> list[Benchmark]:
    """In turns of the usual length, with pages that all share, by the number of harts."""
    found = [
        each
        for each in results.usual(family)
        if each.parameters["quantum"] == QUANTUM and each.parameters.get("sharing", 1)
    ]
    return sorted(found, key=lambda each: each.parameters["harts"])


def faults(several: Sequence[Benchmark]) -> bool:
    """Whether writes of smp_fault are faults; where fork has copied they are plain stores."""
    return any(each.value(key) for each in several for key in ("faults_copy", "faults_reuse"))


def of_all(study: dict[str, Results], family: str) -> dict[str, list[Benchmark]]:
    """By variant, without those that have no such work."""
    found = {variant: usual(results, family) for variant, results in study.items()}
    return {
        variant: several
        for variant, several in found.items()
        if several and (family != "smp_fault" or faults(several))
    }


def speedup(several: Sequence[Benchmark], benchmark: Benchmark) -> float | None:
    """Throughput beside that of one hart."""
    one, many = several[0].time(), benchmark.time()
    return one / many if several[0].parameters["harts"] == 1 and one and many else None


def per_operation(benchmark: Benchmark, key: str) -> float:
    """The median of a value, by operation."""
    return (benchmark.value(key) or 0) / benchmark.samples[0].ops


def _mean(benchmark: Benchmark, prefix: str) -> Counter[str]:
    """Events of this kind by their name, the mean of all samples, by operation."""
    sums: Counter[str] = Counter()
    for sample in benchmark.samples:
        for name, number in sample.events.items():
            if name.startswith(prefix):
                sums[name.removeprefix(prefix)] += number
    operations = sum(sample.ops for sample in benchmark.samples)
    return Counter({name: number / operations for name, number in sums.items()})


def locks(benchmark: Benchmark) -> Counter[str]:
    """Instructions that wait, by lock, such as count_lock."""
    found: Counter[str] = Counter()
    for name, number in _mean(benchmark, WAITING).items():
        found[name.rpartition(":")[2]] += number
    return found


def instructions(benchmark: Benchmark) -> dict[str, float]:
    """Of all harts, by operation: work, waiting for the strategy's locks, waiting for others."""
    waits = _mean(benchmark, WAITING)
    counts = sum(number for name, number in waits.items() if name.startswith(OWNERS["counts"]))
    waiting = sum(waits.values())
    whole = per_operation(benchmark, "instructions")
    return {WORK: whole - waiting, COUNTS: counts, OTHERS: waiting - counts}


def moved(benchmark: Benchmark) -> dict[str, float]:
    """Lines of cache that move to another hart, by whose data they are, by operation."""
    found = dict.fromkeys(OWNERS, 0.0)
    for name, number in _mean(benchmark, MOVED).items():
        found[next(owner for owner, files in OWNERS.items() if name.startswith(files))] += number
    return found


@dataclass(frozen=True)
class Turned:
    """The same work in turns of one length."""

    quantum: int
    time: float
    spread: float  # of its phases, percent


def turned(results: Results, family: str) -> list[Turned]:
    """In turns of all lengths that were tried."""
    found = []
    for each in results.usual(family):
        wanted = {"harts": TRIED_ON} | ({"sharing": 1} if "sharing" in each.parameters else {})
        median, least, most = (each.time(of) for of in ("median", "min", "max"))
        if wanted.items() <= each.parameters.items() and median and least and most:
            spread = 100 * (most - least) / median
            found.append(Turned(each.parameters["quantum"], median, spread))
    return sorted(found, key=lambda each: each.quantum)


def level_with(study: Study, variant: str, family: str) -> int | None:
    """With so many harts the baseline would be as fast as this variant is with the most that were measured, if
    the baseline kept on as it does and the variant no longer gained."""
    base = usual(study.results[study.baseline], family) if study.baseline in study.results else []
    several = usual(study.results[variant], family)
    if not base or not several or base[0].parameters["harts"] != 1:
        return None
    one, bound = base[0].time(), several[-1].time()
    if not one or not bound:
        return None
    harts = one / bound
    return round(harts) if harts > several[-1].parameters["harts"] else None
