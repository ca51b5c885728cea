"""What the data and functions of a kernel are called: what nm and addr2line read in its ELF file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bench.host.attribution.symbols import chains, said
from bench.host.errors import BenchError

NM = "riscv64-unknown-elf-nm"
# Such as: ffffffffc02000c0 d unused	./kernel/mm/space.c:13
SYMBOL = re.compile(r"([0-9a-f]+) \w ([^\t.]+)[^\t]*(?:\t(?:\./)?(.*):\d+)?")

# Where the kernel's data begin and end (kernel/arch/kernel.ld), and its functions in which a hart waits for
# a spinlock (kernel/lib/spinlock.h).
DATA = ("data_begin", "bss_end")
WAITING = ("spin_take_contended", "spin_take_out_of_line")

# Where else instructions are (kernel/arch/layout.h): in none of them is a program's.
FIRMWARE = (0x80000000, 0x801FFFFF)
KERNEL = 0xFFFFFFC000000000

# Lists, locks and copies: what they are used on is told by the function that uses them.
HELPERS = "kernel/lib/"


@dataclass(frozen=True)
class Names:
    """The symbols of a kernel, by address."""

    elf: Path
    addresses: list[int]
    names: list[str]
    files: list[str]  # where they are defined; "" where that is not known

    def span(self, function: str) -> tuple[int, int]:
        """Its first and its last address."""
        place = self._place(function)
        return self.addresses[place], self.addresses[place + 1] - 1

    def data(self) -> tuple[int, int]:
        """The first and the last address of data that have names."""
        first, end = (self.addresses[self._place(name)] for name in DATA)
        return first, end - 1

    def of(self, addresses: Iterable[int]) -> dict[int, str]:
        """Of data FILE:SYMBOL; of an instruction its file, as that of the function that it serves."""
        addresses = set(addresses)
        first, last = self.data()
        found = {a: self._symbol(a) for a in addresses if first <= a <= last}
        found |= {a: "firmware" for a in addresses if FIRMWARE[0] <= a <= FIRMWARE[1]}
        found |= {a: "programs" for a in addresses - found.keys() if a < KERNEL}
        for address, chain in chains(self.elf, addresses - found.keys()).items():
            files = [place.file for place in chain if place.file]
            own = [file for file in files if not file.startswith(HELPERS)]
            found[address] = next(iter([*own, *files]), "unknown")
        return found

    def _place(self, name: str) -> int:
        try:
            return self.names.index(name)
        except ValueError:
            raise BenchError(f"{self.elf} has no symbol {name}") from None

    def _symbol(self, address: int) -> str:
        place = bisect_right(self.addresses, address) - 1
        return f"{self.files[place]}:{self.names[place]}"


def load(elf: Path) -> Names:
    return _load(elf, elf.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _load(elf: Path, _changed: int) -> Names:
    listing = said([NM, "-n", "-l", str(elf)], f"the symbols of {elf}")
    rows = [match.groups() for match in map(SYMBOL.fullmatch, listing.splitlines()) if match]
    return Names(
        elf,
        [int(address, 16) for address, _, _ in rows],
        [name for _, name, _ in rows],
        [file or "" for _, _, file in rows],
    )
