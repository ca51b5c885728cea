"""The phases of a fork and of a write fault: bench/phases.toml over the instructions of a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import tomllib

from bench.host.attribution.located import Located, locate
from bench.host.attribution.symbols import Place
from bench.host.errors import BenchError
from bench.host.measured import PHASE, PHASES, Sample
from bench.host.running.probe import Instruction

if TYPE_CHECKING:
    from bench.host.running.protocol import Run

FAMILY = "fault_phases"  # whose samples have phases
OTHER = "other"
ANY = "*"
REST = "rest"


@dataclass(frozen=True)
class Rule:
    """The phase of a function, or of those of its lines that contain a text."""

    file: str
    function: str
    phase: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}, {self.function}" + (
            f", lines with {self.text!r}" if self.text else ""
        )


@dataclass
class Phases:
    """All rules, with the sources that they are about."""

    root: Path
    rules: list[Rule]
    used: set[Rule] = field(default_factory=set)  # by what was asked so far

    @cached_property
    def _by_function(self) -> dict[tuple[str, str], list[Rule]]:
        found: dict[tuple[str, str], list[Rule]] = {}
        for rule in self.rules:
            found.setdefault((rule.file, rule.function), []).append(rule)
        return found

    def of(self, instruction: Located) -> str | None:
        """None: no rule is about it."""
        if instruction.mode != "kernel":
            return OTHER
        rule = next(filter(None, map(self._rule, instruction.chain)), None)
        if rule is None:
            return None
        self.used.add(rule)
        return rule.phase

    def _rule(self, place: Place) -> Rule | None:
        """That of the line, else of the function, else of its file."""
        line = source_line(self.root, place)
        for function in (place.function, ANY):
            for rule in self._by_function.get((place.file, function), ()):
                if rule.text in line:
                    return rule
        return None


@lru_cache(maxsize=None)
def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def source_line(root: Path, place: Place) -> str:
    """As it is in the file, without indentation; empty where there is none."""
    lines = _lines(root / place.file) if place.file else []
    return lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""


def load(root: Path) -> Phases:
    path = root / "bench" / "phases.toml"
    try:
        files = tomllib.loads(path.read_text(encoding="utf-8"))
        return Phases(root, list(_rules(files)))
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:  # of syntax, or of content
        raise BenchError(f"{path}: {error}") from None


def _rules(files: dict[str, object]) -> Iterator[Rule]:
    """Those of lines before the one of the rest of their function."""
    for file, functions in files.items():
        if not isinstance(functions, dict):
            raise ValueError(f"{file} is not a table of functions")
        for function, phase in functions.items():
            where = f"{file}, {function}"
            texts = {REST: phase} if isinstance(phase, str) else phase
            if not isinstance(texts, dict) or not isinstance(texts.get(REST), str):
                raise ValueError(f"{where}: give a phase, or a table of lines with rest = a phase")
            rest = texts[REST]
            for name in [*(key for key in texts if key != REST), rest]:
                if name not in PHASES:
                    raise ValueError(
                        f"{where}: {name!r} is no phase; there are {', '.join(PHASES)}"
                    )
            for name, several in texts.items():
                if name != REST:
                    yield from (Rule(file, function, name, text) for text in _texts(where, several))
            yield Rule(file, function, rest)


def _texts(where: str, several: object) -> list[str]:
    if not isinstance(several, list) or not all(isinstance(t, str) and t for t in several):
        raise ValueError(f"{where}: the lines of a phase are a list of texts")
    return several


def split(phases: Phases, located: Iterable[Located]) -> tuple[dict[str, int], list[Place]]:
    """Instructions by phase, and the functions without one, whose instructions are counted as other."""
    found: Counter[str] = Counter(dict.fromkeys(PHASES, 0))
    unknown: dict[Place, None] = {}
    for each in located:
        phase = phases.of(each)
        if phase is None:
            unknown[replace(each.chain[0], line=0)] = None
        found[phase or OTHER] += each.count
    return dict(found), list(unknown)


def add_to(run: Run, kernel: Path) -> None:
    """Give each sample of a run what its phases took, among its events. Their sum is its time."""
    phases = load(kernel.parents[2])
    numbers = count()
    for each in run.benchmarks:
        if each.first is not None:
            each.first = _with_phases(phases, each.first, run.profiles[next(numbers)], kernel)
        each.samples = [
            _with_phases(phases, sample, run.profiles[next(numbers)], kernel)
            for sample in each.samples
        ]


def _with_phases(
    phases: Phases, sample: Sample, profile: Sequence[Instruction], kernel: Path
) -> Sample:
    found, _ = split(phases, locate(profile, kernel, kernel.parents[1], FAMILY))
    if sum(found.values()) != sample.cycles:
        raise BenchError(
            f"{FAMILY}: the phases are {sum(found.values())} instructions together, the sample is "
            f"{sample.cycles}"
        )
    return replace(sample, events=sample.events | {PHASE + key: n for key, n in found.items() if n})
