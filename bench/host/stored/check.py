"""Read a result file, and refuse one that is not as it was written: cut off, of another version, or
changed by hand. The error names the file, the place in it, and what is wrong there."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import jsonschema

from bench.host.errors import BenchError
from bench.host.running.protocol import full_name
from bench.host.stored.results import (
    DESCRIPTION,
    FORMAT,
    P99_SAMPLES,
    STATISTICS,
    Entry,
    Results,
    Summary,
    digest,
    plain,
    summarize,
)

SCHEMA = json.loads(Path(__file__).with_name("results.schema.json").read_text(encoding="utf-8"))
_DOCUMENT = jsonschema.Draft7Validator(SCHEMA)
_ENTRY = jsonschema.Draft7Validator(SCHEMA["definitions"]["entry"])


class BadResult(BenchError):
    """A result file that cannot be used."""


class _Wrong(Exception):
    """What is wrong with the file that is being read."""


def load(path: Path) -> Results:
    """The results in a file, checked; raises BadResult."""
    try:
        return _checked(_parsed(path))
    except _Wrong as wrong:
        raise BadResult(
            f"{path}: {wrong}; measure again ({_command(path)}), or put back the file as it was"
        ) from None


def _command(path: Path) -> str:
    """What measures again what a file should hold, as far as its place tells."""
    words = {"results": "", "lazy": " LAZY=1", "wall": " CLOCK=wall"}.get(path.parent.name)
    return "make bench" if words is None else f"make bench VARIANT={path.stem}{words}"


def load_named(path: Path) -> Results:
    """As `load`, for a file of a folder in which each has the name of its variant."""
    results = load(path)
    if results.variant != path.stem:
        raise BadResult(
            f"{path}: holds the results of {results.variant}, not of {path.stem}, as its name says; "
            "rename it, or take it away"
        )
    return results


def _parsed(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadResult(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _Wrong(f"is not text: byte {error.start} is no UTF-8") from None
    if not text.strip():
        raise _Wrong("is empty")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if _ends_within(text, error):
            lines = text.count("\n") + 1
            raise _Wrong(f"is truncated: the file ends in line {lines}, within a value") from None
        place = f"line {error.lineno}, column {error.colno}"
        raise _Wrong(f"is not JSON: {error.msg} in {place}") from None
    except (ValueError, RecursionError) as error:
        raise _Wrong(f"is not JSON that can be read: {error}") from None


def _ends_within(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the text is right as far as it goes. A string without its end is reported where it
    begins; elsewhere a missing quote shows as a line end within the string."""
    if error.msg.startswith("Unterminated string"):
        return True
    rest = text[error.pos :].strip()
    begun = any(word.startswith(rest) for word in ("true", "false", "null"))
    return begun or bool(re.fullmatch(r"\.|[eE]?[+-]?", rest))  # a number, up to there


def _no_constant(word: str) -> NoReturn:
    raise _Wrong(f"has {word} where a number belongs")


def _checked(doc: Any) -> Results:
    _check_format(doc)
    _check_schema(doc, _DOCUMENT, "")
    as_written = digest(doc) == doc["context"]["digest"]
    if not as_written:
        # Only then: what `store` has written has the right shape, and looking takes a while.
        for number, entry in enumerate(doc["benchmarks"]):
            _check_schema(entry, _ENTRY, f"benchmarks[{number}]{_name_of(entry)}")
    _check_names(doc["benchmarks"])
    results = summarize(doc)
    for summary in results.summaries.values():
        _check_samples(summary)
        try:
            _check_aggregates(summary)
        except (ArithmeticError, ValueError):
            raise _Wrong(f"{summary.name}: a sample has a number without bounds") from None
    if not as_written:
        raise _Wrong("was changed after it was written: the digest in its context does not fit")
    return results


def _check_format(doc: Any) -> None:
    """First of all: a file of another version may differ in everything else."""
    context = doc.get("context") if isinstance(doc, dict) else None
    if not isinstance(context, dict):
        raise _Wrong("is not a result of make bench: it has no context")
    found = context.get("format")
    if found is None and "source_shared" not in context:
        raise _Wrong("is not a result of make bench: its context has no format")
    if found != FORMAT:
        said = "no format number" if found is None else f"format {found}"
        raise _Wrong(f"is from another version of Cowshed: {said}, and this one reads {FORMAT}")


def _check_schema(value: Any, schema: jsonschema.Draft7Validator, where: str) -> None:
    problem = jsonschema.exceptions.best_match(schema.iter_errors(value))
    if problem is not None:
        path = ".".join([where, *map(str, problem.absolute_path)]).strip(".")
        message = problem.message if len(problem.message) < 200 else "is not of the right kind"
        raise _Wrong(f"in {path or 'the file'}: {message}")


def _name_of(entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return f" ({name})" if isinstance(name, str) else ""


def _check_names(entries: list[Entry]) -> None:
    """Each aggregate once; of samples there are many by the same name."""
    names = Counter(entry["name"] for entry in entries if entry["run_type"] == "aggregate")
    for name, times in names.items():
        if times > 1:
            raise _Wrong(f"{name} is there {times} times")


def _check_samples(summary: Summary) -> None:
    """Each sample once, under the name that its parameters make."""
    name = full_name(summary.family, summary.parameters)
    name += f"/layout:{summary.layout}" if summary.layout else ""
    if name != summary.name:
        raise _Wrong(f"{summary.name}: its family, parameters and layout say {name}")
    for entry in [*summary.samples, *summary.aggregates.values()]:
        if _description(entry) != _description(summary.samples[0] if summary.samples else entry):
            raise _Wrong(f"{summary.name}: its entries do not agree on what was measured")
    if len({frozenset(entry) for entry in summary.samples}) > 1:
        raise _Wrong(f"{summary.name}: its samples do not hold the same values")
    count = Counter(entry["repetition_index"] for entry in summary.samples)
    twice = [index for index, times in count.items() if times > 1]
    if twice:
        raise _Wrong(f"{summary.name}: sample {twice[0]} is there {count[twice[0]]} times")
    missing = [index for index in range(summary.repetitions) if index not in count]
    if missing:
        part = f"{len(missing)} of {summary.repetitions} samples are missing"
        raise _Wrong(f"{summary.name}: {part}, first of all sample {missing[0]}")
    if len(count) != summary.repetitions:
        raise _Wrong(f"{summary.name}: {len(count)} samples in place of {summary.repetitions}")


def _description(entry: Entry) -> list[Any]:
    keys = ("family", "pages", "parameters", "layout", "unit", "timed", "repetitions")
    return [entry.get(key) for key in keys]


def _check_aggregates(summary: Summary) -> None:
    """What can be computed from the samples must be what is written."""
    keys = [key for key in summary.samples[0] if key not in DESCRIPTION] + ["real_time", "cpu_time"]
    for statistic, function in STATISTICS.items():
        if statistic == "p99" and summary.repetitions < P99_SAMPLES:
            continue
        aggregate = summary.aggregates.get(statistic)
        if aggregate is None:
            raise _Wrong(f"{summary.name}: its {statistic} is missing")
        for key in keys:
            expected = plain(function([sample[key] for sample in summary.samples]))
            if aggregate.get(key) != expected:
                raise _Wrong(
                    f"{summary.name}: the {statistic} of {key} is {aggregate.get(key)}, but that "
                    f"of its samples is {expected}"
                )
