#!/usr/bin/python3
"""Run the compiler or the linker for a program of the user's, and say in one line each what the program
takes for granted and the interface does not have: a call, a header, a name that a course's lab adds.

usage: missing.py COMMAND [ARGUMENT...]    its status is the command's
"""

from __future__ import annotations

import re
import subprocess
import sys

# What a lab has its students add, by the lab's name in the course of MIT, 2020 to 2025. Public programs
# are often tests of one.
CALLS = {
    "system calls": "trace sysinfo interpose",
    "page tables": "pgaccess ugetpid pgpte kpgtbl vmprint",
    "traps": "sigalarm sigreturn",
    "multithreading": "thread_switch",
    "locks": "statistics ntas rwlktest cpupin",
    "file system": "symlink",
    "mmap": "mmap munmap",
    "networking": "connect bind unbind send recv",
}
HEADERS = {
    "system calls": "kernel/sysinfo.h",
    "networking": "kernel/net.h",
}
NAMES = {
    "page tables": "USYSCALL usyscall SUPERPGSIZE SUPERPGROUNDUP",
    "file system": "O_NOFOLLOW T_SYMLINK",
    "mmap": "PROT_NONE PROT_READ PROT_WRITE PROT_EXEC MAP_SHARED MAP_PRIVATE",
}
# Headers of other systems' C libraries.
HOSTED = "assert ctype errno math pthread signal stdio stdlib string strings time unistd wchar"


def _labs(table: dict[str, str]) -> dict[str, str]:
    return {name: lab for lab, names in table.items() for name in names.split()}


LAB_OF_CALL, LAB_OF_HEADER, LAB_OF_NAME = map(_labs, (CALLS, HEADERS, NAMES))
LAB_OF_CALL["SUPERPGROUNDUP"] = LAB_OF_NAME["SUPERPGROUNDUP"]  # a macro: looks like a call

HEADER = re.compile(r"^([^:\n]+):(\d+):\d+: fatal error: (\S+): No such file", re.MULTILINE)
# Not those that the compiler meets because of another one: they have no name of their own.
NAME = re.compile(
    r"^([^:\n]+):(\d+):\d+: error: (?:'(\w+)' undeclared|unknown type name '(\w+)'"
    r"|.*undefined type 'struct (\w+)')",
    re.MULTILINE,
)
CALL = re.compile(r"^(?:\S*ld: )?([^\s:]+):(\d+)?.*: undefined reference to `(\w+)'$", re.MULTILINE)
IMPLICIT = re.compile(
    r"^([^:\n]+):(\d+):\d+: warning: implicit declaration of function '(\w+)'", re.MULTILINE
)


def missing_header(place: str, header: str) -> str:
    if header in LAB_OF_HEADER:
        return f"{place}: {header} is a header that the lab '{LAB_OF_HEADER[header]}' adds: it is not here"
    if header.removesuffix(".h") in HOSTED.split():
        return f"{place}: {header} is of another C library: this one is all in user/user.h"
    return f"{place}: {header} is neither beside the program nor a header of the interface"


def missing_name(place: str, name: str) -> str | None:
    if name not in LAB_OF_NAME:
        return None
    return f"{place}: {name} is a name that the lab '{LAB_OF_NAME[name]}' adds: it is not here"


def missing_call(place: str, name: str) -> str:
    if name == "main":
        return "the program has no main(): one of several files is given as PROGS='a.c+b.c'"
    if name in LAB_OF_CALL:
        lab = LAB_OF_CALL[name]
        return (
            f"{place}: {name}() is a call that the lab '{lab}' adds: this kernel does not have it"
        )
    return f"{place}: {name}() is neither in the program nor in the library of the interface"


def explain(said: str) -> list[str]:
    """The lines that take the place of what a compiler or linker said when it failed; none where the
    cause is another one."""
    lines = [missing_header(f"{m[1]}:{m[2]}", m[3]) for m in HEADER.finditer(said)]
    lines += [
        line
        for m in NAME.finditer(said)
        if (line := missing_name(f"{m[1]}:{m[2]}", m[3] or m[4] or m[5]))
    ]
    calls: dict[str, str] = {}
    for m in IMPLICIT.finditer(said):
        if m[3] in LAB_OF_CALL:
            calls.setdefault(m[3], f"{m[1]}:{m[2]}")
    for m in CALL.finditer(said):
        calls.setdefault(m[3], f"{m[1]}:{m[2]}" if m[2] else m[1])
    lines += [missing_call(place, name) for name, place in calls.items()]
    return list(dict.fromkeys(lines))


def without_lab_calls(said: str) -> str:
    """Warnings, but for those about calls of labs: the linker will miss them, and is explained."""
    kept: list[str] = []
    dropping = False
    for line in said.splitlines(keepends=True):
        found = IMPLICIT.search(line)
        if not re.match(r"\s*\d* \|", line):  # not an excerpt of the source
            dropping = found is not None and found[3] in LAB_OF_CALL
        if not dropping:
            kept.append(line)
    # "x.c: In function 'f':" is about the lines behind it, if any are left.
    return "".join(
        line
        for line, next_line in zip(kept, [*kept[1:], ""])
        if not re.search(r": In function '\w+':$", line) or re.search(r":\d+:\d+: ", next_line)
    )


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")
    lines = explain(done.stderr) if done.returncode else []
    if lines:
        print(*(f"PROGS: {line}" for line in lines), sep="\n", file=sys.stderr)
    else:
        sys.stderr.write(without_lab_calls(done.stderr))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
