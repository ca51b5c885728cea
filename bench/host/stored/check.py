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
from bench.host.measured import Results
from bench.host.stored.results import FORMAT, read, signed

SCHEMA = json.loads(Path(__file__).with_name("results.schema.json").read_text(encoding="utf-8"))
_DOCUMENT = jsonschema.Draft7Validator(SCHEMA)

# What format 2 was like, and what format 3 could be: they have been in use for long.
OLD = "one entry for each sample, as Google Benchmark has it; make export writes that now"
OLD_UNIT = "real time, of make bench CLOCK=wall, which is gone"


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
    words = variables_of(path.parent)
    return "make bench" if words is None else f"make bench VARIANT={path.stem}{words}"


def variables_of(folder: Path) -> str | None:
    """What has to be typed after make bench for results in a folder, as far as its name tells."""
    return {"results": "", "lazy": " LAZY=1"}.get(folder.name)


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
    problem = jsonschema.exceptions.best_match(_DOCUMENT.iter_errors(doc))
    if problem is not None:
        raise _Wrong(f"in {_place(doc, problem)}: {_message(problem)}")
    _check_rows(doc["benchmarks"], doc["context"].get("events", []))
    results = read(doc)
    if signed(results).context["digest"] != results.context["digest"]:
        raise _Wrong("was changed after it was written: the digest in its context does not fit")
    return results


def _check_format(doc: Any) -> None:
    """First of all: a file of another version may differ in everything else."""
    context = doc.get("context") if isinstance(doc, dict) else None
    if not isinstance(context, dict):
        raise _Wrong("is not a result of make bench: it has no context")
    found = context.get("format")
    if found is None and "executable" in context:
        raise _Wrong(
            "is an export in the format of Google Benchmark: give the result that it was made from"
        )
    if found is None and "variant" not in context:
        raise _Wrong("is not a result of make bench: its context has no format")
    if found != FORMAT:
        said = "no format number" if found is None else f"format {found}"
        said += f" ({OLD})" if found == 2 else ""
        raise _Wrong(f"is from another version of Cowshed: {said}, and this one reads {FORMAT}")
    if context.get("unit") == "nanoseconds":
        raise _Wrong(
            f"is from another version of Cowshed: {OLD_UNIT}, and this one reads instructions"
        )


def _place(doc: Any, problem: jsonschema.ValidationError) -> str:
    """Such as "benchmarks.3 (fork/pages:256).rows.0"."""
    path = list(problem.absolute_path)
    words = [str(step) for step in path]
    if path[:1] == ["benchmarks"] and len(path) > 1:
        benchmark = doc["benchmarks"][path[1]]
        name = benchmark.get("name") if isinstance(benchmark, dict) else None
        words[1] += f" ({name})" if isinstance(name, str) else ""
    return ".".join(words) or "the file"


def _message(problem: jsonschema.ValidationError) -> str:
    return str(problem.message) if len(problem.message) < 200 else "is not of the right kind"


def _check_rows(benchmarks: list[dict[str, Any]], events: list[str]) -> None:
    """Each benchmark once; in each row a number for each column without one."""
    for name, times in Counter(each["name"] for each in benchmarks).items():
        if times > 1:
            raise _Wrong(f"{name} is there {times} times")
    for each in benchmarks:
        rows = [row[1:] for row in each["rows"]] + ([each["first"]] if "first" in each else [])
        _check_widths(each["name"], list(each["columns"].values()), rows)
        if "event_rows" in each:
            if len(each["event_columns"]) != len(events):
                raise _Wrong(
                    f"{each['name']}: not a number or null for each of the context's events"
                )
            rows = [row[1:] for row in each["event_rows"]]
            _check_widths(each["name"], each["event_columns"], rows)
            samples, watched = (sum(row[0] for row in each[key]) for key in ("rows", "event_rows"))
            samples += "first" in each
            if watched != samples:
                raise _Wrong(f"{each['name']}: events of {watched} samples in place of {samples}")


def _check_widths(name: str, columns: list[Any], rows: list[list[Any]]) -> None:
    width = columns.count(None)
    for row in rows:
        if len(row) != width:
            raise _Wrong(f"{name}: a row has {len(row)} numbers in place of {width}")
