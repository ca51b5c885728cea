"""Mutations of what users type: the Makefile, set-up, and how programs start and end."""

from __future__ import annotations

from tests.mutations.mutation import broken

MAKEFILE = "Makefile"
WORDS_TESTS = "tests/commands/test_make_words.py"
PROCESSES_TESTS = "tests/commands/test_processes.py"

COMMAND_MUTATIONS = (
    broken(
        "command_environment_counts",
        "what was exported for something else changes what make builds",
        MAKEFILE,
        "\nKERNEL :=\n",
        "\n",
        host=f"{WORDS_TESTS}::test_the_environment_changes_nothing_that_is_built",
    ),
    broken(
        "command_make_expands_what_was_typed",
        "a value with $(shell ...) runs a command",
        MAKEFILE,
        "unexport $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))) CPATH",
        "unexport CPATH",
        host=f"{WORDS_TESTS}::test_a_variable_reaches_the_program_as_it_is[run]",
    ),
    broken(
        "command_takes_what_it_does_not_know",
        "a variable whose name is mistyped is ignored, and all variants are measured",
        "tools/variables.py",
        "if not equals or name not in known:",
        "if not equals:",
        host=f"{WORDS_TESTS}::test_what_is_no_variable_of_a_command_is_refused",
    ),
    broken(
        "command_zero_is_on",
        "LAZY=0 is taken for LAZY=1",
        "tools/variables.py",
        'return text == "1"',
        "return bool(text)",
        host="tests/commands/test_run_host.py::test_variables_that_are_empty_are_as_good_as_none",
    ),
    broken(
        "command_status_of_make",
        "./cowshed run ends with 0 whatever the command's status is",
        "tools/machines/run.py",
        "return status_of(outcome, wanted, screen.started.is_set())",
        "return 0",
        host="tests/commands/test_run_host.py::test_status_is_the_machines",
    ),
    broken(
        "command_looks_up_before_set_up",
        "the compiler is asked for its library while the Makefile is read",
        MAKEFILE,
        "LIBGCC = $(shell",
        "LIBGCC := $(shell",
        host=f"{WORDS_TESTS}::test_nothing_is_looked_up_before_set_up[help-]",
    ),
    broken(
        "command_sudo_without_a_password",
        "anybody who is not root installs packages",
        "tools/setup.sh",
        'if [ "$(id -u)" != 0 ]; then',
        "if false; then",
        host="tests/commands/test_setup.py",
    ),
    broken(
        "command_closed_output_is_an_error",
        "a command behind head ends with a traceback",
        "bench/host/program.py",
        "            raise OutputClosed from None",
        "            raise",
        host="tests/commands/test_closed_output.py::test_program_of_the_build",
    ),
    broken(
        "command_tests_inherit_ignored_signals",
        "what a test starts ignores ^C where the suite was started by nohup",
        "tests/conftest.py",
        "processes.give_default_signals()\n",
        "",
        host=f"{PROCESSES_TESTS}::test_what_a_test_starts_has_the_usual_signals",
    ),
    broken(
        "command_tests_lose_orphans",
        "what a test starts outlives it where its parent ends first",
        "tests/conftest.py",
        "processes.adopt_orphans()\n",
        "",
        host=f"{PROCESSES_TESTS}::test_a_test_that_fails_leaves_no_process",
    ),
    broken(
        "command_name_of_a_whole_entry",
        "a program of the user's has a name without a zero behind it in its directory",
        "tools/programs.py",
        "NAME_SIZE = 13",
        "NAME_SIZE = 14",
        host="tests/tools/test_images.py::test_bad_programs",
    ),
    broken(
        "command_builds_what_it_does_not_name",
        "make run builds tests for any command that has the word in another one",
        "tools/machines/build.py",
        r"(?<![\w.-])(bench|tests)(?![\w.-])",
        r"(bench|tests)",
        host="tests/tools/test_images.py::test_folders_that_a_command_names",
    ),
)
