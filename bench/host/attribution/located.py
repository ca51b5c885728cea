"""The instructions of a sample, with the functions that they belong to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bench.host.attribution.symbols import Chain, Place, chains
from bench.host.running.images import segments
from bench.host.running.probe import INSTRUCTIONS, Instruction

PAGE_SHIFT = 12
FIRMWARE = (Place("firmware", "", 0),)  # QEMU brings it without names
NO_PROGRAM = (Place("program that is not in build/", "", 0),)
# Where the Makefile links programs with their names: of the images that hold them without.
PROGRAMS = ("bench-root/suite/*", "bench-root/bench/*", "user-root/bin/*")


@dataclass(frozen=True)
class Located:
    """What one instruction of a sample has caused, and where it is in the sources."""

    mode: str
    chain: Chain
    events: Mapping[str, int]  # those of the program and of the first core; zeros left out

    @property
    def count(self) -> int:
        return self.events.get(INSTRUCTIONS, 0)


@dataclass(frozen=True)
class Program:
    path: Path
    segments: tuple[tuple[int, bytes], ...]

    def has(self, instruction: Instruction) -> bool:
        size = 4 if instruction.bits & 3 == 3 else 2
        return any(
            content[instruction.address - at :][:size]
            == instruction.bits.to_bytes(4, "little")[:size]
            for at, content in self.segments
            if at <= instruction.address < at + len(content)
        )


def locate(profile: Sequence[Instruction], kernel: Path, build: Path, family: str) -> list[Located]:
    """All instructions of a sample of this family of benchmarks."""
    by_image: dict[Path | None, list[Instruction]] = defaultdict(list)
    user = [each for each in profile if each.mode == "user"]
    by_image[kernel] = [each for each in profile if each.mode == "kernel"]
    for program, several in by_program(user, _programs(build, family)):
        by_image[program].extend(several)
    found = [Located(i.mode, FIRMWARE, i.events) for i in profile if i.mode == "firmware"]
    for image, several in by_image.items():
        known = chains(image, (i.address for i in several)) if image and several else {}
        found += [Located(i.mode, known.get(i.address, NO_PROGRAM), i.events) for i in several]
    return found


@lru_cache(maxsize=4)
def _programs(build: Path, family: str) -> list[Program]:
    """All that may run in a benchmark, its own first: the first one counts where several have the same
    instructions at the same place."""
    paths = [path for pattern in PROGRAMS for path in sorted(build.glob(pattern))]
    paths.sort(key=lambda path: path.name != family)
    return [Program(path, tuple(segments(path.read_bytes()))) for path in paths]


def by_program(
    instructions: Iterable[Instruction], programs: list[Program]
) -> Iterable[tuple[Path | None, list[Instruction]]]:
    """Programs use the same addresses. Each frame of memory has the program that has the most of its
    instructions; what is left of a frame that was used again has another one."""
    frames: dict[int, list[Instruction]] = defaultdict(list)
    for each in instructions:
        frames[each.physical >> PAGE_SHIFT].append(each)
    for left in frames.values():
        while left:
            matches = Counter({p.path: sum(map(p.has, left)) for p in programs})
            best = max(programs, key=lambda program: matches[program.path], default=None)
            if best is None or not matches[best.path]:
                yield None, left
                break
            yield best.path, [each for each in left if best.has(each)]
            left = [each for each in left if not best.has(each)]
