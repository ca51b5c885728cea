"""The results of all variants in a folder, and which of them may stand side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.host.errors import BenchError
from bench.host.measured import Results
from bench.host.running.context import COMPARABLE
from bench.host.stored.check import BadResult, load_named, variables_of
from bench.host.variants import BASELINE, ordered


def folder_of(root: Path, lazy: bool) -> Path:
    """Where make bench leaves results of such kernels."""
    return root / "results" / ("lazy" if lazy else "")


def is_filled(folder: Path) -> bool:
    """Whether there are results in a folder."""
    return any(folder.glob("*.json"))


def filled(folder: Path) -> Path:
    """A folder that has results; an error, where it has none."""
    if not is_filled(folder):
        variables = variables_of(folder) or ""
        raise BenchError(f"{folder} holds no results yet: run make bench{variables}")
    return folder


def names_in(folder: Path) -> list[str]:
    """Variants that a folder has results of, in the order of every table and plot."""
    return ordered([path.stem for path in folder.glob("*.json")])


def load_usable(
    folder: Path, here: Mapping[str, Results] | None = None
) -> tuple[dict[str, Results], list[str]]:
    """By variant, in the order of every table and plot; and what is wrong with the files that are
    left out. What is `here` already is not read."""
    results, problems = dict(here or {}), []
    for name in names_in(folder):
        try:
            if name not in results:
                results[name] = load_named(folder / f"{name}.json")
        except BadResult as problem:
            problems.append(str(problem))
    return {name: results[name] for name in ordered(list(results))}, problems


def load_all(folder: Path) -> dict[str, Results]:
    """By variant, in the order of every table and plot. There must be some, and a file that cannot be used
    is an error."""
    results, problems = load_usable(filled(folder))
    if problems:
        raise BadResult("\n  ".join(problems))
    return results


def differences(one: Results, other: Results, keys: Sequence[str] = COMPARABLE) -> list[str]:
    """What keeps two results from being compared, such as "memory 256M and 512M"."""
    found = []
    for key in keys:
        values = one.context.get(key), other.context.get(key)
        if values[0] != values[1]:
            found.append(f"{key} " + " and ".join(_only(values, key)))
    return found


def _only(values: tuple[Any, Any], key: str) -> list[str]:
    """Two values as text; of flags only those that the other has not."""
    texts = [_text(value) for value in values]
    if key != "flags":
        return texts
    words = [text.split() for text in texts]
    return [
        " ".join(word for word in words[i] if word not in words[1 - i]) or "without" for i in (0, 1)
    ]


def comparable(results: dict[str, Results]) -> tuple[dict[str, Results], list[str]]:
    """The largest group that was measured alike (with the baseline where two are as large), and
    a note for each result that is left out or made with other images."""
    if not results:
        return {}, []
    keys = {
        name: tuple(_text(result.context.get(key)) for key in COMPARABLE)
        for name, result in results.items()
    }
    sizes = Counter(keys.values())
    chief = max(results, key=lambda name: (sizes[keys[name]], name == BASELINE))
    kept = {name: result for name, result in results.items() if keys[name] == keys[chief]}
    notes = [
        f"{name} is left out: {'; '.join(differences(result, results[chief]))} ({chief})"
        for name, result in results.items()
        if name not in kept
    ]
    for name, result in kept.items():
        unlike = other_images(result, results[chief])
        if unlike:
            notes.append(f"{name}: measured with another {', '.join(unlike)} than {chief}")
    return kept, notes


def other_images(one: Results, other: Results) -> list[str]:
    """Kernels and disks of this name that the two were measured with, and which were not the same."""
    ours, theirs = one.context["images"], other.context["images"]
    return [name for name in ours if name in theirs and ours[name] != theirs[name]]


def baseline_for(result: Results, results: dict[str, Results]) -> tuple[Results | None, str]:
    """The baseline to compare a result with, or why there is none."""
    base = results.get(BASELINE)
    if base is None:
        return (
            None,
            f"no results of {BASELINE} yet: the same with VARIANT={BASELINE} adds the ratio",
        )
    unlike = differences(result, base)
    if unlike:
        return None, f"not compared with {BASELINE}: {'; '.join(unlike)}"
    if other_images(result, base):
        return base, f"results of {BASELINE} are from another disk: make bench VARIANT={BASELINE}"
    return base, ""


def _text(value: object) -> str:
    return " ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def load_alike(folder: Path) -> tuple[dict[str, Results], list[str]]:
    """All in a folder, for what puts them side by side: they must have been measured alike. With a
    note for those with other images."""
    stored = load_all(folder)
    kept, notes = comparable(stored)
    chief = next(iter(kept.values()))
    unlike = [
        f"{folder / name}.json: not measured like {chief.variant}: "
        f"{'; '.join(differences(result, chief))}"
        for name, result in stored.items()
        if name not in kept
    ]
    if unlike:
        raise BadResult(
            "\n  ".join([*unlike, "measure them with the same settings, or take them away"])
        )
    return kept, notes
