"""Each command that a page or `make help` shows is run, as it is written there (pages.py finds them).

All commands of a group of pages run in their order in one copy of the project, since pages build on what
their commands have done. What would take minutes is run in a short form, and what names a thing that the
reader chooses, with a value: the tables below say how, and why. A command is right when it ends with
status 0, or when the page shows an error below it, and when what it prints is of the kind that the page
shows.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from bench.host.running.machine import BUILD, ROOT
from tests.pages.pages import (
    GUIDE,
    Command,
    all_commands,
    example_benchmark,
    help_commands,
    help_text,
    mentions,
)
from tests.support.copies import FOLDERS, copy_project
from tests.support.terminal import terminal
from tests.tools.disk_image import DiskImage

SECONDS = 300  # for a command that does not end
GROUPS = ("docs", "help")
NOT_COPIED = {"run", "soak", "qemu", "verify", "host-tests"}  # of build/
NEEDED = ("eager", "cow-array", "cow-hash", "cow-reuse")

# What a reader puts in the place of a name. Without one it is typed as it stands.
VALUES = {
    r"VARIANT=v\b": "VARIANT=cow-reuse",
    r"A=x B=y": "A=eager B=cow-reuse",
    r"FROM=y": "FROM=eager",
    r"CPUS=n": "CPUS=2",
    r"SEED=n": "SEED=7",
    r"-s SEED": "-s 7",
    r"SECONDS=n": "SECONDS=3",
    r"GDB_PORT=n": "GDB_PORT=$PORT",
    r"CMD=('…'|\"\.\.\.\")": "CMD=ls",
    r"PROGS='a.c …'": "PROGS=a.c",
    r"PARTS='simple …'": "PARTS='simple three'",
    r"PYTEST=(…|\.\.\.)": "PYTEST='-k row13'",
    r"PATH:MAJOR:MINOR(\]\.\.\.)?": "/tty:1:0",
    r"--inodes N": "--inodes 300",
    r"--log BLOCKS": "--log 20",
    r"\bIMAGE FOLDER": "my.img user/files",
    r"(fsck .*)\bIMAGE": r"\1build/root.img",
}

# Short forms: what is replaced, by what, and why. They are applied from the first to the last.
ONE = "20 s for each variant, and as much for each setting"
SHORT = [
    (r"^make bench(?!.*(BENCH|PAGES|PARAMS|CPUS)=)(.*)", r"make bench BENCH=null\2", ONE),
    (r"^make bench(?!.*BENCH=)(.*PAGES=.*)", r"make bench BENCH=fork VARIANT=eager\1", ONE),
    (r"^make bench(?!.*BENCH=)(.*PARAMS=)", r"make bench BENCH=fork_touch PAGES=16\1", ONE),
    (r"^make bench(?!.*BENCH=)(.*CPUS=)", r"make bench BENCH=null,smp_fork\1", ONE),
    (r"^(make bench.*BENCH=.)fork\*", r"\1fork_e*", ONE),
    (r"^make bench(?!.*PAGES=)(.*fork_e\*)", r"make bench PAGES=16\1", ONE),
    (
        r"^make bench(?!.*VARIANT=)(?! BENCH=(?:null|fork_again)$)(.*)",
        r"make bench VARIANT=cow-reuse\1",
        ONE,
    ),
    (
        r"^(make table VARIANT='my-idea.*)",
        r"cp results/custom/my-idea.* results && trap 'rm results/my-idea.*' EXIT; \1",
        "the short form of make bench wrote into results/custom",
    ),
    (r"^(make bench.*)REPEAT=20", r"\1REPEAT=2", "20 samples"),
    (r"^make verify(?!.*BENCH=)(.*)", r"make verify BENCH=null\1", "minutes"),
    (r"^make verify(.*BENCH=.)fork\*", r"make verify\1nul*", "minutes"),
    (
        r"^(make compare LAZY=1)",
        r"\1 A=results/cow-reuse.json B=cow-reuse",
        "only this one was measured so",
    ),
    (r"^make verify(?!.*VARIANT=)(.*)", r"make verify VARIANT=cow-reuse\1", "minutes"),
    (r"^make verify(.*) OUT=folder", r"make verify\1 OUT=verified", "folder has what is verified"),
    (r"^make verify(?!.*RESULTS=)(.*)", r"make verify RESULTS=folder\1", "minutes"),
    (r"^make check PYTEST=.*", "make check PYTEST='-q --collect-only'", "a minute"),
    (r"PYTEST='-k row13'", "PYTEST='-k cow-hash-1hart-row13'", "all machines"),
    (r"^(make test VARIANT=my-idea)", r"\1 PYTEST='-k my-idea-1hart-row13'", "minutes"),
    (
        r"^((?:nohup )?make test(?!.*PYTEST=).*)",
        r"\1 PYTEST='-q --collect-only'",
        "a quarter of an hour",
    ),
    (r"^make check$", "make check PYTEST='-q --collect-only'", "a minute"),
    (r"^(make test PYTEST=)(tests/kernel/test_fs.py)$", r"\1'\2 --collect-only'", "a minute"),
    (r"CUTS=10000(.*)PYTEST=\S*test_fs.py", r"CUTS=20\1PYTEST='-k test_power_cuts'", "minutes"),
    (r"harts=1' *$", "harts=1 test=row13_*'", "all guest tests, under the exact clock"),
    (r"^(make grade(?!.*PARTS=).*)", r"\1 PARTS='three file'", "20 s"),
    (r"SECONDS=(600|120|3600)", "SECONDS=3", "as long as it says"),
    (r"^(make soak(?!.*VARIANT=).*)", r"\1 VARIANT=cow-hash", "kernels of each kind"),
    (r"^(make power-cuts(?!.*CUTS=).*)", r"\1 CUTS=2", "a minute"),
    (r"CUTS=(200|1000)$", "CUTS=2", "a minute"),
    (r"^(make races(?!.*SEEDS?=).*)", r"\1 SEEDS=14", "minutes"),
    (r"^(make races.*)SEEDS=1000", r"\1SEEDS=14", "minutes"),
    (r"^make mutants$", "make mutants MUTANTS=row12_count_of_8_bits_in*", "ten minutes"),
    (r"MUTANTS=['\"]race_\*['\"]", "MUTANTS=race_count_read_again", "minutes"),
    (r"MUTANTS=['\"]row1\*['\"]", "MUTANTS=row12_count_of_8_bits_in*", "a minute"),
    (r"CMD=/tests/usertest$", "CMD='/tests/usertest links'", "all parts take 14 s"),
    (r"^(make compare .*FAIL_ABOVE=5%)$", r"\1 BENCH=null", "eager forks at other costs"),
]

NOT_RUN = {
    r"gdb-multiarch -q -x .*": "test_gdb.py types its whole session",
    r"make lint": "it is about the whole repository, which a copy is not; .ci/run has it",
    r"make test &": "it would go on behind the test's back; make test is run in front",
}

# What no later command needs, so that once is enough for all groups.
ALONE = re.compile(
    r"make (mutants|races|plot|check|test|soak|grade|power-cuts|compare|cost|table|budget|export)\b(?!.*my-idea)"
)

# Statuses of commands below which the page shows no error.
STATUS = {
    "build/tools/fsck damaged.img": 1,
}


@dataclass(frozen=True)
class Run:
    """A command in the form in which it is run."""

    command: Command
    text: str

    @property
    def short(self) -> bool:
        return self.text != self.command.text

    @property
    def key(self) -> tuple[str, int]:
        """The same for what does the same."""
        words = self.text if "\n" in self.text else shlex.join(shlex.split(self.text))
        return words, len(self.command.typed)


@cache
def commands() -> list[Command]:
    return all_commands()


def form(text: str) -> str:
    """The form in which a command is run."""
    for name, value in VALUES.items():
        text = re.sub(name, value, text)
    for pattern, short, _ in SHORT:
        text = re.sub(pattern, short, text)
    return text


def not_run(command: Command) -> bool:
    return any(re.fullmatch(pattern, command.text) for pattern in NOT_RUN)


def group_of(command: Command) -> str:
    """Pages whose commands run one after the other in one copy."""
    return (
        "help"
        if re.match(f"make help|[A-Z]|docs/(benchmarks|commands)|{GUIDE}", command.page)
        else "docs"
    )


@cache
def runs(group: str) -> list[Run]:
    """What is run for a group: nothing twice, and nothing of ALONE that an earlier group runs."""
    before = {each.key for other in GROUPS[: GROUPS.index(group)] for each in runs(other)}
    found: dict[object, Run] = {}
    for command in commands():
        each = Run(command, form(command.text))
        again = ALONE.match(each.text) and each.key in before
        if group_of(command) == group and not not_run(command) and not again:
            found.setdefault(each.key, each)
    return list(found.values())


# The copies, and what the pages take for granted.

EMPTY = '#include "kernel/types.h"\n#include "user/user.h"\n\nint\nmain(void)\n{\n  exit(0);\n}\n'
KEPT_TESTS = (
    "test_guest.py",
    "test_headers.py",
    "test_stores.py",
    "test_fs.py",
)  # so that collecting takes a second


def hello() -> str:
    """The program that a page shows, with the command cat."""
    (shown,) = [command for command in commands() if command.text == "cat /tmp/hello.c"]
    return "\n".join(shown.output) + "\n"


def write_example_variant(copy: Path) -> None:
    """What docs/adding-a-variant.md says after the copy of a block: include more, and replace its first two functions."""
    page = (ROOT / "docs" / "adding-a-variant.md").read_text()
    functions, variant = re.findall(r"```c\n(.*?)```", page, re.DOTALL)
    folder = copy / "variants" / "my-idea"
    block = (folder / "span_stack.h").read_text()
    start = block.index("// The child gets the tables that the parent has.")
    end = block.index("static inline enum fault cow_touch_span(")
    head = block[:start].replace(
        "#include", '#include "arch/page.h"\n#include "counts.h"\n#include', 1
    )
    (folder / "span_stack.h").write_text(f"{head}{functions}\n{block[end:]}")
    (folder / "variant.h").write_text(variant)


def keep_lazy_results(copy: Path) -> None:
    (copy / "results" / "lazy").mkdir(exist_ok=True)
    for path in (copy / "results" / "custom").glob("cow-reuse.*"):
        path.replace(copy / "results" / "lazy" / path.name)


def take_objects(copy: Path) -> None:
    """The objects of cow-reuse in which no file and no name of the variant is."""
    for found in copy.glob("build/cow-reuse*/objects/kernel/**/*.d"):
        source = copy / str(found.with_suffix("")).partition("/objects/")[2]
        if "variants/" in found.read_text() or "VARIANT" in source.read_text():
            continue
        for path in (found, found.with_suffix(".o")):
            target = Path(str(path).replace("/build/cow-reuse", "/build/my-idea"))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


# What is done after a command: by the reader, and for short forms.
THEN: dict[str, Callable[[Path], None]] = {
    "cp variants/common/span_own.h variants/my-idea/span_stack.h": write_example_variant,
    # The short form writes into results/custom, and pages go on with results/lazy.
    "make bench LAZY=1": lambda copy: keep_lazy_results(copy),
    # Most of a kernel is the same in a copy of the variant, and compiling it takes half a minute.
    "make variant NAME=my-idea FROM=cow-reuse": lambda copy: take_objects(copy),
}


def temporary(copy: Path) -> Path:
    """What the pages call /tmp: the real one is everybody's."""
    return copy.parent / "tmp"


def make_damaged(copy: Path, image: Path) -> None:
    """A disk with the three faults that docs/disk-tools.md shows."""
    root = copy / "damaged"
    (root / "bin").mkdir(parents=True)
    for name in ("README", "bin/cat", "notes"):
        (root / name).write_bytes(bytes(3000))
    subprocess.run([copy / "build/tools/mkfs", image, root], check=True, timeout=60)
    disk = DiskImage.load(image)
    paths = disk.paths()
    first, second, linked = (disk.inode(paths[name]) for name in ("/README", "/bin/cat", "/notes"))
    second.address[0] = first.address[0]
    linked.links = 2
    disk.set_inode(paths["/bin/cat"], second)
    disk.set_inode(paths["/notes"], linked)
    for _ in range(8):
        disk.mark(disk.free_block())
    image.write_bytes(disk.data)


def prepare(copy: Path, group: str) -> None:
    results = copy / "results"
    shutil.rmtree(results / "plots", ignore_errors=True)
    shutil.copy2(results / "cow-reuse.json", copy / "old.json")
    for path in (
        "hello.c",
        "my.c",
        "a.c",
        "b.c",
        "lab/b.c",
        "../lab/b.c",
        "my lab/a.c",
        "game/x.c",
    ):
        (copy / path).parent.mkdir(exist_ok=True)
        (copy / path).write_text(EMPTY)
    (copy / "util.c").write_text("int unused;\n")
    (copy / "uthread.c").write_text(EMPTY)
    (copy / "uthread_switch.S").write_text(".globl switch_threads\nswitch_threads: ret\n")
    temporary(copy).mkdir()
    (temporary(copy) / "hello.c").write_text(hello())
    (temporary(copy) / "bad.c").write_text(hello().replace('"world");', '"world")'))
    make_damaged(copy, copy / "damaged.img")
    for test in (copy / "tests").rglob("test_*.py"):
        if test.name not in KEPT_TESTS:
            test.unlink()
    if group == "docs":
        path, text = example_benchmark()
        (copy / path).write_text(text)
    # The last commit, and one before it.
    git = "git -c user.name=test -c user.email=test@localhost"
    commit = f"{git} commit -q --allow-empty -m"
    script = f"git init -q && git add results && {commit} one && {commit} two"
    subprocess.run(["sh", "-c", script], cwd=copy, check=True, timeout=60)


@pytest.fixture(scope="module")
def copy_for(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    @cache
    def make(group: str) -> Path:
        copy = tmp_path_factory.mktemp(group) / "project"
        folders = (*FOLDERS, "results", "tests")
        built = [path.name for path in BUILD.iterdir() if path.name not in NOT_COPIED]
        copy_project(copy, folders, built)
        prepare(copy, group)
        return copy

    return make


# Running.


def environment() -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # python3 is the one of the tests
    return {**os.environ, "PORT": str(port), "COLUMNS": "120", "PATH": path}


def run(copy: Path, text: str) -> tuple[int, str]:
    """The status of a command, and all that it says."""
    process = subprocess.Popen(
        ["bash", "-c", text],
        cwd=copy,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        output = process.communicate(timeout=SECONDS)[0]
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait(), output


def run_on_terminal(copy: Path, text: str, typed: list[Command]) -> tuple[int, str]:
    """The same of a machine that one types to."""
    command = f"cd {copy} && {text}"
    with terminal(["env", f"PORT={environment()['PORT']}", "bash", "-c", command]) as machine:
        if "qemu-gdb" in text:
            output = machine.see("Ctrl-A x")
            machine.type("\x01x")
            return machine.status(), output + "Ctrl-A x" + str(machine.child.before)
        output = machine.until_prompt()
        for line in typed:
            if line.text == "poweroff":
                break
            answer = machine.answer(line.text)
            assert_shows(line, answer, all_of_it=True)
        machine.type("poweroff\n")
        return machine.status(), output


def shape(line: str) -> str:
    """A line without what differs from one run to the next."""
    line = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{12}\b|\d[\d,.]*", "#", line)
    return re.sub(r"\s+", " ", line).strip()


def assert_shows(command: Command, output: str, all_of_it: bool) -> None:
    """It shows the lines that the page shows, or, in a short form, one of them."""
    shown = [shape(line) for line in command.output if line.strip(" .…")]
    said = {shape(line) for line in output.splitlines()}
    missing = [line for line in shown if line not in said]
    assert (
        not missing if all_of_it else len(missing) < len(shown) or not shown
    ), f"{command.name}\nthe page shows: {missing}\nit says:\n{output[-6000:]}"


def is_to_fail(command: Command) -> bool:
    return any(re.search(r"\berror: |\*\*\* \[", line) for line in command.output)


def check(copy: Path, each: Run) -> None:
    command = each.command
    text = each.text.replace("/tmp/", f"{temporary(copy)}/")
    if re.match(r"make (qemu|qemu-gdb)\b", text):
        status, output = run_on_terminal(copy, text, command.typed)
    else:
        status, output = run(copy, text)
    output = output.replace(f"{temporary(copy)}/", "/tmp/")
    what = f"{command.name}\nas: {text}\nends with {status}:\n{output[-6000:]}"
    if command.text in STATUS:
        assert status == STATUS[command.text], what
    else:
        assert (0 < status < 128) if is_to_fail(command) else status == 0, what
    assert_shows(command, output, all_of_it=not each.short)
    if command.text in THEN:
        THEN[command.text](copy)


@pytest.mark.needs(*NEEDED)
@pytest.mark.parametrize(
    "each",
    [
        pytest.param(each, id=each.command.name, marks=pytest.mark.xdist_group(f"pages-{group}"))
        for group in GROUPS
        for each in runs(group)
    ],
)
def test_command(copy_for: Callable[[str], Path], each: Run) -> None:
    check(copy_for(group_of(each.command)), each)


@pytest.mark.needs(*NEEDED)
@pytest.mark.xdist_group("pages-docs")
def test_first_run_builds_what_it_needs_and_says_little(tmp_path: Path) -> None:
    """In a copy with the objects of the kernel and the library alone."""
    copy = copy_project(tmp_path / "project", built=("cow-reuse", "tools", "user"))
    (copy / "build" / "cow-reuse" / "kernel.elf").unlink()
    status, output = run(copy, "make run CMD='echo hello'")
    assert status == 0, output
    assert [shape(line) for line in output.splitlines()] == [
        "building cow-reuse; the first time takes some seconds",
        "LINK build/cow-reuse/kernel.elf",
        "MKFS build/system.img",
        *(shape(line) for line in output.splitlines() if line.startswith("cowshed: boot: ")),
        "hello",
    ]
    assert not list((copy / "build").glob("*bench*")) + list((copy / "build").glob("*test*"))


# The tables above, and the list itself.


def test_pages_have_commands() -> None:
    found = {command.page for command in commands()}
    assert {"README.md", "README.zh.md", "make help", GUIDE, "docs/running-programs.md"} <= found
    assert len(commands()) > 200


def test_no_entry_is_stale() -> None:
    unused = {*VALUES, *(pattern for pattern, _, _ in SHORT), *NOT_RUN}
    for command in commands():
        unused -= {pattern for pattern in NOT_RUN if re.fullmatch(pattern, command.text)}
        text = command.text
        for pattern, value in [*VALUES.items(), *((p, s) for p, s, _ in SHORT)]:
            changed = re.sub(pattern, value, text)
            unused -= {pattern} if changed != text else set()
            text = changed
    unused |= {*STATUS, *THEN} - {command.text for command in commands()}
    assert not unused


def test_targets_that_are_mentioned_are_in_make_help() -> None:
    known = {command.text.split()[1] for command in help_commands(help_text())} | {"help"}
    assert {target: page for target, page in mentions().items() if target not in known} == {
        "-e": "docs/commands.md"  # which is refused
    }
