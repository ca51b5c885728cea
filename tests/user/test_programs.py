"""The shell and the utilities, on the host with sanitizers: what they write, and their statuses.

`tests/user/system.c` stands in for the kernel.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.user.user_cases import LINES, TEXT, UTILITIES, WRONG_LINES
from tests.user.user_host import ENVIRONMENT, system

pytestmark = pytest.mark.xdist_group("user")


@dataclass(frozen=True)
class Result:
    out: str
    err: str
    status: int


class System:
    """A root with /bin and some files, which is the current directory of all that runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "bin").mkdir()
        for program in (system() / "bin").iterdir():
            (root / "bin" / program.name).symlink_to(program)
        (root / "text").write_text(TEXT)

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                system() / "bin" / name,
                *(argument.encode("latin1") for argument in arguments),
            ],
            cwd=self.root,
            env={**ENVIRONMENT, "COWSHED_ROOT": str(self.root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str, stdin: str = "") -> Result:
        process = self.start(*arguments)
        out, err = process.communicate(stdin.encode("latin1"), timeout=30)
        return Result(out.decode("latin1"), err.decode("latin1"), process.returncode)

    def sh(self, line: str, stdin: str = "") -> Result:
        return self.run("sh", "-c", line, stdin=stdin)


def command_of(pid: str) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


@pytest.fixture
def machine(tmp_path: Path) -> System:
    return System(tmp_path)


# The shell.


@pytest.mark.parametrize(
    ("line", "out"),
    LINES,
)
def test_what_a_line_does(machine: System, line: str, out: str) -> None:
    result = machine.sh(line)
    assert (result.out, result.status) == (out, 0), result
    assert "rror" not in result.err, result


@pytest.mark.parametrize(
    ("line", "status", "err"),
    WRONG_LINES,
)
def test_what_goes_wrong_in_a_line(machine: System, line: str, status: int, err: str) -> None:
    result = machine.sh("echo before; " + line if status == 127 else line)
    assert result.status == status, result
    assert result.err.startswith(err), result
    if err == "":
        assert result.err == ""


def test_input_is_not_for_the_background(machine: System) -> None:
    assert machine.run("sh", stdin="cat &\ncat | cat &\nwait\necho a\n").out == "a\n"


def test_nothing_of_a_wrong_line_runs(machine: System) -> None:
    assert machine.sh("echo a; > new; echo b |").out == ""
    assert not (machine.root / "new").exists()


def test_most_words_of_a_command(machine: System) -> None:
    assert machine.sh("echo" + " a" * 31).out == "a " * 30 + "a\n"


def test_killed_command_has_the_status_of_a_killed_one(machine: System) -> None:
    """wait tells -1, which the host's exit makes 255."""
    shell = machine.start("sh", "-c", "sleep 1000; exit")
    children = Path(f"/proc/{shell.pid}/task/{shell.pid}/children")
    while not (child := children.read_text().split()) or "sleep" not in command_of(child[0]):
        assert shell.poll() is None
        time.sleep(0.01)
    os.kill(int(child[0]), signal.SIGKILL)
    assert shell.wait(timeout=30) == 255


@pytest.mark.parametrize("shebang", ["", "#!/bin/anything\n"])
def test_script(machine: System, shebang: str) -> None:
    (machine.root / "s").write_text(shebang + "# comment\n\necho a\ncat\n(exit 6)")
    result = machine.run("sh", "s", stdin="input\n")
    assert result == Result("a\ninput\n", "", 6)


def test_script_with_its_first_line_runs_by_its_name(machine: System) -> None:
    (machine.root / "s").write_text("#!/bin/sh\necho a\nexit 9\n")
    assert machine.sh("./s") == Result("a\n", "", 9)
    assert machine.sh("s") == Result("a\n", "", 9)


def test_script_goes_on_after_errors_which_tell_the_line(machine: System) -> None:
    (machine.root / "s").write_text("echo a\n|\nnope\ncat nofile\n" + "x" * 5000 + "\necho b")
    result = machine.run("sh", "s")
    assert result.out == "a\nb\n" and result.status == 0
    assert result.err == (
        "sh: s:2: syntax error: unexpected '|'\nsh: s:3: nope: not found\n"
        "cat: cannot open nofile\nsh: s:5: the line is longer than 2047 bytes\n"
    )


def test_longest_line_of_a_script(machine: System) -> None:
    words = "echo '" + "x" * 2040 + "'"
    (machine.root / "s").write_text(words + "\n" + words + "y\n")
    result = machine.run("sh", "s")
    assert result.out == "x" * 2040 + "\n"
    assert result.status == 2


def test_zero_byte_in_a_script(machine: System) -> None:
    (machine.root / "s").write_text("echo a\0b\necho c\n")
    assert machine.run("sh", "s") == Result("c\n", "sh: s:1: the line has a zero byte\n", 0)


def test_commands_do_not_have_the_scripts_descriptor(machine: System) -> None:
    """Else there would be one less of the 16 for each level."""
    for level in range(14):
        (machine.root / f"s{level}").write_text(f"(sh s{level + 1})\n")
    (machine.root / "s14").write_text("cat | cat | cat < text\n")
    assert machine.run("sh", "s0") == Result(TEXT, "", 0)


def test_lines_of_all_kinds_are_read(machine: System) -> None:
    """None of them runs, as each is wrong at its end. The sanitizers watch."""
    random = Random(4)
    tokens = ["a", "bc ", " ", "'d e'", '"f', "\\", "<", ">>", "|", "||", "&", "&&", ";", "("]
    lines = ["".join(random.choices(tokens, k=random.randrange(300))) for _ in range(300)]
    lines += ["a;" * count + "((((((b" for count in range(100, 160)]
    lines += ["a<b;" * count + "((((((b" for count in range(60, 120)]
    (machine.root / "s").write_text("".join(f"{line} | |\n" for line in lines))
    result = machine.run("sh", "s")
    assert result.err.count("syntax error") == len(lines)
    assert result.status == 2 and result.out == ""


def test_lines_of_descriptor_0_are_left_to_the_commands(machine: System) -> None:
    result = machine.run("sh", stdin="echo a\ncat\nrest\nof it")
    assert result == Result("a\nrest\nof it", "", 0)
    assert machine.run("sh", stdin="exit 4\necho b").status == 4
    assert machine.run("sh", stdin="(exit 4)\n").status == 4


@pytest.mark.parametrize("arguments", [("-x",), ("-c",), ("-c", "a", "b"), ("a", "b")])
def test_usage_of_the_shell(machine: System, arguments: tuple[str, ...]) -> None:
    result = machine.run("sh", *arguments)
    assert (result.status, result.err) == (2, "usage: sh [-c LINE | FILE]\n")


def test_missing_script(machine: System) -> None:
    assert machine.run("sh", "nope") == Result("", "sh: cannot open nope\n", 127)


def test_prompt_on_a_terminal(machine: System) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(machine.root)
        environment = {**ENVIRONMENT, "COWSHED_ROOT": str(machine.root)}
        os.execve(system() / "bin" / "sh", ["sh"], environment)
    seen = b""

    def until(done: Callable[[bytes], bool]) -> None:
        nonlocal seen
        end = time.monotonic() + 20
        while not done(seen):
            assert select.select([terminal], [], [], end - time.monotonic())[0], seen
            seen += os.read(terminal, 1000)

    until(lambda text: text == b"$ ")
    os.write(terminal, b"echo a\n")
    until(lambda text: text.endswith(b"\r\na\r\n$ "))
    os.write(terminal, b"exit 3\n")
    until(lambda text: text.endswith(b"exit 3\r\n"))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3


# The utilities.


@pytest.mark.parametrize(
    ("line", "out", "err", "status"),
    UTILITIES,
)
def test_utility(machine: System, line: str, out: str, err: str | None, status: int) -> None:
    result = machine.sh(line)
    assert (result.out, result.status) == (out, status), result
    if err is not None:
        assert result.err == err


def test_ls(machine: System) -> None:
    (machine.root / "d").mkdir()
    (machine.root / "d" / "name_of_14_byt").write_text("x" * 5)
    (machine.root / "d" / "sub").mkdir()
    (machine.root / "d" / "zero").write_text("")
    lines = machine.run("ls", "d").out.splitlines()
    columns = {line.split()[0]: line.split()[1:] for line in lines}
    assert set(columns) == {".", "..", "name_of_14_byt", "sub", "zero"}
    inode = (machine.root / "d" / "name_of_14_byt").stat().st_ino
    assert columns["name_of_14_byt"] == ["2", str(inode & 0xFFFFFFFF), "5"]
    assert columns["sub"][0] == "1"
    assert all(len(line) > 15 and line[14] == " " for line in lines)
    assert machine.run("ls", "text").out.split()[:2] == ["text", "2"]
    assert machine.run("ls", "./text", "d/zero").out.count("\n") == 2
    (machine.root / ("long" * 8)).mkdir()
    both = machine.run("ls", "long" * 8, "d").out
    assert machine.run("ls", "d").out in both  # nothing is left behind the name of 14 bytes
    long = "/".join(["d/.."] * 40)
    assert machine.run("ls", long) == Result("", f"ls: the path {long} is too long\n", 1)


def test_long_files_arrive_whole(machine: System) -> None:
    content = "".join(chr(i * i % 251 or 10) for i in range(100_000))
    (machine.root / "big").write_bytes(content.encode("latin1"))
    assert machine.sh("cat big | cat | cat").out == content
    machine.run("cp", "big", "copy")
    assert (machine.root / "copy").read_bytes() == content.encode("latin1")


def test_grep(machine: System) -> None:
    def matches(pattern: str, *lines: str) -> list[str]:
        result = machine.run("grep", "--", pattern, stdin="\n".join(lines) + "\n")
        assert result.err == "" and result.status == (0 if result.out else 1)
        return result.out.splitlines()

    assert matches("b", "abc", "b", "c") == ["abc", "b"]
    assert matches("^b", "abc", "bc") == ["bc"]
    assert matches("b$", "ab", "ba") == ["ab"]
    assert matches("^ab$", "ab", "abc", "xab") == ["ab"]
    assert matches("^$", "", "a") == [""]
    assert matches("", "", "a") == ["", "a"]
    assert matches("a.c", "abc", "ac", "a.c") == ["abc", "a.c"]
    assert matches("^ab*c$", "ac", "abc", "abbbc", "abxc") == ["ac", "abc", "abbbc"]
    assert matches("^a.*c.*e$", "abcde", "ace", "aec") == ["abcde", "ace"]
    assert matches("^[a-c]*$", "abc", "", "abd") == ["abc", ""]
    assert matches("[^a-c]", "abc", "abd") == ["abd"]
    assert matches("^[]x-]$", "]", "x", "-", "a") == ["]", "x", "-"]
    assert matches(r"\.\*\\", ".*\\", "ab") == [".*\\"]
    assert matches("^*a", "*a", "a") == ["*a"]
    assert matches("a$b", "a$b", "a") == ["a$b"]
    assert matches("x*", "abc") == ["abc"]
    assert matches("\xe4", "\xe4", "a") == ["\xe4"]
    assert matches("^\\(a*\\)$", "(aa)") == ["(aa)"]
    assert matches("a*" * 30 + "b", "a" * 3000) == []  # no way to match is tried twice
    assert matches("x" * 63, "x" * 62, "x" * 63) == ["x" * 63]


def test_grep_of_files_and_options(machine: System) -> None:
    assert machine.run("grep", "o", "text") == Result("one\ntwo three\nfour\n", "", 0)
    assert machine.run("grep", "-n", "t", "text") == Result("2:two three\n", "", 0)
    assert machine.run("grep", "-nv", "o", "text") == Result("3:\n", "", 0)
    assert machine.run("grep", "one", "text", "text").out == "text:one\n" * 2
    assert machine.run("grep", "zero", "text").status == 1
    result = machine.run("grep", "one", "nope", "text")
    assert result == Result("text:one\n", "grep: cannot open nope\n", 2)
    assert machine.run("grep").status == 2
    assert machine.run("grep", "-x", "a").err.startswith("usage: grep")
    assert machine.run("grep", "[a").err == "grep: the pattern has a [ without ]\n"
    assert machine.run("grep", "a\\").err == "grep: the pattern ends with \\\n"
    assert machine.run("grep", "x" * 64).err.startswith("grep: the pattern is too long")


def test_grep_of_long_lines(machine: System) -> None:
    long = "x" * 50_000
    text = f"a\n{long}y\n{long}\nlast y"
    assert machine.run("grep", "y", stdin=text).out == f"{long}y\nlast y\n"


def test_tables(machine: System) -> None:
    frames, blocks, inodes = machine.run("free").out.splitlines()[1:]
    assert frames.split()[-3:] == ["101", "102", "103"]
    assert (blocks.split()[-2:], inodes.split()[-2:]) == (
        ["2000", "1500"],
        ["200", "150"],
    )
    lines = machine.run("memstat").out.splitlines()
    assert [int(line.split()[0]) for line in lines] == list(range(101, 122))
    assert machine.run("memstat", "-r").out.splitlines() == lines
    assert "self" in machine.run("ps").out
