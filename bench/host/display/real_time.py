"""Results of the wall clock as tables on a terminal: medians with their intervals and their spread,
what they show about the variants, and how throughput grows with harts."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bench.host.analysis import boot_statistics
from bench.host.analysis.boot_statistics import Difference, Estimate
from bench.host.display.terminal import new_table
from bench.host.measured import Benchmark, Results
from bench.host.variants import BASELINE

BUSY = 0.25  # of all numbers with a warning: more, and the host was not quiet
UNITS = (("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0))
LATE = 1e6  # nanoseconds that a worker may begin late, where each hart has a CPU of the host

NOTES = f"""\
Real time of QEMU on this host, not of hardware; never to be mixed with counts of
instructions. Each number is the median over boots, of the median of each boot, with its
{100 * boot_statistics.CONFIDENCE:.0f} % interval and its spread over boots (standard deviation over mean).
~ spread above {100 * boot_statistics.SPREAD_LIMIT:.0f} %. ! outlier: a boot further than {boot_statistics.FENCE:.0f} interquartile ranges outside the
quartiles. faster, slower: shown by a rank test at {100 * boot_statistics.SIGNIFICANCE:.0f} %, corrected for all that
is compared here, and by an interval of the ratio that leaves out 1."""


def show(results: dict[str, Results], console: Console) -> None:
    """All tables, of results that may stand side by side."""
    estimates = {
        (variant, name): boot_statistics.estimate(summary)
        for variant, result in results.items()
        for name, summary in _timed(result).items()
    }
    others = [result for variant, result in results.items() if variant != BASELINE]
    shown = boot_statistics.differences(results[BASELINE], *others) if BASELINE in results else {}
    for result in results.values():
        console.print(_times(result, estimates, shown))
    for family in ("smp_fork", "smp_fault"):
        table = _scaling(results, family)
        if table.row_count:
            console.print(table)
    console.print(NOTES)
    boots = min(estimate.boots for estimate in estimates.values())
    if boot_statistics.FEWEST_BOOTS <= boots and boot_statistics.most_comparisons(boots) < len(
        shown
    ):
        console.print(f"note: {boots} boots can show no difference among {len(shown)} comparisons")
    for note in _warnings(results, estimates):
        console.print(f"note: {note}")


def duration(nanoseconds: float) -> str:
    """With a unit that people read easily, and three digits."""
    unit, size = next((one for one in UNITS if nanoseconds >= one[1]), UNITS[-1])
    return f"{_three(nanoseconds / size)} {unit}"


def _three(value: float) -> str:
    return f"{value:,.{2 if value < 10 else 1 if value < 100 else 0}f}"


def _timed(result: Results) -> dict[str, Benchmark]:
    return {name: summary for name, summary in result.benchmarks.items() if summary.timed}


def _times(
    result: Results,
    estimates: dict[tuple[str, str], Estimate],
    shown: dict[tuple[str, str], Difference],
) -> Table:
    variant = result.variant
    boots = result.context["boots"]
    title = f"{variant}: real time per operation, {boots} " + ("boot" if boots == 1 else "boots")
    table = new_table(title)
    table.add_column("benchmark", overflow="fold")
    table.add_column("per", no_wrap=True)
    for column in ("median", "95 % interval", "spread"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    if any(key[0] == variant for key in shown):
        table.add_column(f"than {BASELINE}")
    for name, summary in _timed(result).items():
        cells = _time(estimates[variant, name])
        if (variant, name) in shown:
            cells.append(shown[variant, name].words())
        table.add_row(boot_statistics.label(summary), summary.unit, *cells)
    return table


def _time(estimate: Estimate) -> list[str]:
    """Median, interval, spread and signs of warning."""
    number, unit = duration(estimate.median).split()
    interval = "–"
    if estimate.low is not None and estimate.high is not None:
        size = dict(UNITS)[unit]
        interval = f"{_three(estimate.low / size)} to {_three(estimate.high / size)}"
    signs = "~" * (estimate.spread > boot_statistics.SPREAD_LIMIT) + "!" * bool(estimate.outliers)
    spread = f"{100 * estimate.spread:.1f} %" if estimate.boots > 1 else "–"
    return [f"{number} {unit}", interval, spread, signs]


def _scaling(results: dict[str, Results], family: str) -> Table:
    table = new_table(f"{family}: throughput of all harts together, against one hart")
    rows = [
        (variant, sharing, boot_statistics.scaling(result, family, sharing))
        for variant, result in results.items()
        for sharing in (0, 1)
    ]
    counts = sorted({point.harts for _, _, points in rows for point in points})
    over = {point.harts for _, _, points in rows for point in points if point.oversubscribed}
    table.add_column("variant", no_wrap=True)
    table.add_column("frames", no_wrap=True)
    for harts in counts:
        mark = "\n(oversubscribed)" if harts in over else ""
        title = f"{harts} harts{mark}" if harts > 1 else "1 hart,\na second"
        table.add_column(title, justify="right", no_wrap=True)
    for variant, sharing, points in rows:
        cells = {point.harts: _speedup(point) for point in points}
        if points:
            shared = "shared" if sharing else "own"
            table.add_row(variant, shared, *(cells.get(harts, "–") for harts in counts))
    return table


def _speedup(point: boot_statistics.Scaling) -> str:
    if point.harts == 1:
        return f"{1e9 / point.estimate.median:,.0f}"
    if point.low is None or point.high is None:
        return f"{point.speedup:.2f}×"
    return f"{point.speedup:.2f}× ({point.low:.2f}–{point.high:.2f})"


def _warnings(results: dict[str, Results], estimates: dict[tuple[str, str], Estimate]) -> list[str]:
    found = []
    doubtful = sum(
        e.spread > boot_statistics.SPREAD_LIMIT or bool(e.outliers) for e in estimates.values()
    )
    if doubtful > BUSY * len(estimates):
        found.append(
            f"{doubtful} of {len(estimates)} numbers spread or have outliers: was "
            "the host busy? Measure again when nothing else runs"
        )
    few = {estimate.boots for estimate in estimates.values() if estimate.low is None}
    if few:
        found.append(
            f"an interval needs {boot_statistics.FEWEST_BOOTS} boots; here there are {max(few)}"
        )
    several = [
        (result.variant, summary)
        for result in results.values()
        for summary in _timed(result).values()
        if "late_nanoseconds" in summary.keys and not boot_statistics.oversubscribed(summary)
    ]
    late = [one for one in several if (one[1].value("late_nanoseconds") or 0) > LATE]
    if late:
        found.append(
            f"in {len(late)} of {len(several)} measurements of several harts the host did not run all "
            f"of them from the start, such as {late[0][0]} {late[0][1].name}"
        )
    apart = [v for v, r in results.items() if set(r.context["variants"]) != set(results)]
    if apart:
        found.append(
            "not all of these were measured together, in random order, so differences may come from "
            "the host: " + ", ".join(apart)
        )
    return found
