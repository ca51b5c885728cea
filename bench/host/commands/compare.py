"""Compare the results of variants, or of two files."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bench.host.errors import BenchError
from bench.host.options import Options
from bench.host.text import number

if TYPE_CHECKING:
    from bench.host.analysis.comparison import Comparison, Side

GOT_WORSE = 3  # exit status
FEW = 10  # names in a line


def run(options: Options, console: Console) -> int:
    from bench.host.display import comparison as tables
    from bench.host.stored.results import write_all

    comparisons = _comparisons(options)
    form = options.format or "terminal"
    if form == "terminal" and options.out is None and console.is_terminal:
        tables.show(console, comparisons, brief=not options.bench)
    else:
        make = {"terminal": tables.text, "markdown": tables.markdown, "csv": tables.to_csv}[form]
        text = make(comparisons)
        if options.out is None:
            sys.stdout.write(text)
        else:
            _check_place(options.out)
            write_all({options.out: text})
            console.print(f"{options.out}: written")
    return _verdict(comparisons, options.fail_above)


# How a file begins that this command wrote, in each of the formats.
COMPARISON = re.compile(rb"\s*\Z|benchmark,quantity,unit,|(\*\*)?\S.* compared with ")
COMPARISON_HEAD = 4096  # bytes


def _check_place(out: Path) -> None:
    if not out.parent.is_dir():
        raise BenchError(f"{out}: there is no folder {out.parent} to write it into")
    results = out.with_suffix(".json")
    if out.suffix in (".json", ".csv") and results.exists():
        raise BenchError(f"{out} would replace results ({results}): give another file with OUT=")
    if out.is_file() and not COMPARISON.match(out.read_bytes()[:COMPARISON_HEAD]):
        raise BenchError(
            f"{out} holds no comparison, and what is in it would be lost: give another file with "
            "OUT=, or move that one away"
        )


def _comparisons(options: Options) -> list[Comparison]:
    from bench.host.analysis.comparison import Side, compare
    from bench.host.stored.collection import filled, folder_of, load_alike
    from bench.host.variants import BASELINE

    folder = filled(folder_of(options.root, options.lazy))
    patterns = options.bench.split(",") if options.bench else None
    if options.a is None and options.b is None:
        results, _ = load_alike(folder)
        if BASELINE not in results:
            raise BenchError(
                f"no results of {BASELINE} to compare with: make bench VARIANT={BASELINE}"
            )
        if len(results) == 1:
            raise BenchError(f"there are results of {BASELINE} only: make bench adds the others")
        base = Side(BASELINE, results[BASELINE])
        others = [Side(name, result) for name, result in results.items() if name != BASELINE]
        return compare(base, others, patterns)
    if options.a is None or options.b is None:
        given, missing = ("A", "B") if options.b is None else ("B", "A")
        value = options.a or options.b
        raise BenchError(
            f"{given}={value}, but no {missing}: say both, such as A=eager B=cow-reuse, or neither"
        )
    paths = [_path(what, folder, options.root) for what in (options.a, options.b)]
    if paths[0].resolve() == paths[1].resolve():
        raise BenchError(f"A and B are the same, {paths[0]}: there is nothing to compare")
    return compare(_side(options.a, paths[0]), [_side(options.b, paths[1])], patterns)


def _path(what: str, folder: Path, root: Path) -> Path:
    """Of a variant's results, or of a file that is given by its name."""
    stored = folder / f"{what}.json"
    if "/" not in what and stored.is_file():
        return stored
    path = Path(what)
    if path.is_dir():
        raise BenchError(f"{what} is a folder; give a variant, or a result file such as {stored}")
    if path.is_file():
        return path
    from bench.host.stored.collection import names_in
    from bench.host.variants import all_variants

    if "/" in what or what.endswith(".json"):
        raise BenchError(f"there is no file {what}")
    if what in all_variants(root):
        raise BenchError(f"no results of {what} in {folder}: make bench VARIANT={what}")
    names = ", ".join(names_in(folder)) or "none"
    raise BenchError(
        f"there is no variant {what!r}, and no file of this name; there are results of: {names}"
    )


def _side(what: str, path: Path) -> Side:
    from bench.host.analysis.comparison import Side
    from bench.host.stored.check import load, load_named

    named = path.stem == what
    return Side(what, load_named(path) if named else load(path))


def _verdict(comparisons: list[Comparison], limit: float | None) -> int:
    """0, or the status of something that got worse or is gone, which is listed on the error output."""
    if limit is None:
        return 0
    if not any(comparison.worse_than(limit) for comparison in comparisons):
        print(f"compare: nothing is worse by more than {100 * limit:g}%", file=sys.stderr)
    for comparison in comparisons:
        _say_worse(comparison, limit)
        _say_gone(comparison)
    failed = any(comparison.worse_than(limit) or comparison.gone for comparison in comparisons)
    return GOT_WORSE if failed else 0


def _say_worse(comparison: Comparison, limit: float) -> None:
    worse = comparison.worse_than(limit)
    if not worse:
        return
    base, other = comparison.base.label, comparison.other.label
    head = f"{other} is worse than {base} by more than {100 * limit:g}% in {len(worse)} of "
    print(f"compare: {head}{len(comparison.rows)} values:", file=sys.stderr)
    for row in worse:
        what = f"{row.benchmark} ({row.quantity}, {row.unit})"
        by = "from nothing" if math.isinf(row.worse) else f"worse by {100 * row.worse:.2f}%"
        print(f"    {what}: {number(row.base)} -> {number(row.other)}, {by}", file=sys.stderr)


def _say_gone(comparison: Comparison) -> None:
    gone = comparison.gone
    if not gone:
        return
    more = f" and {len(gone) - FEW} more" if len(gone) > FEW else ""
    print(
        f"compare: {comparison.other.label} lacks {', '.join(gone[:FEW])}{more}, which "
        f"{comparison.base.label} has; BENCH= chooses what has to be there",
        file=sys.stderr,
    )
