"""Mutations of what users type: the Makefile, set-up, and how programs start and end."""

from __future__ import annotations

from tests.mutations.mutation import broken

MAKEFILE = "Makefile"
WORDS_TESTS = "tests/commands/test_make_words.py"
PROCESSES_TESTS = "tests/commands/test_processes.py"

COMMAND_MUTATIONS = (
    broken(
        "command_environment_counts",
        "variables that were exported for something else change what make does",
        MAKEFILE,
        "$(filter command,$(origin $(name)))",
        "$(filter command environment,$(origin $(name)))",
        host=f"{WORDS_TESTS}::test_the_environment_changes_nothing[compare]",
    ),
    broken(
        "command_zero_is_on",
        "LAZY=0 is taken for LAZY=1",
        MAKEFILE,
        "$(if $(filter-out 0,$($(name))),,",
        "$(if $(filter-out 2,$($(name))),,",
        host=f"{WORDS_TESTS}::test_empty_is_as_good_as_not_given_and_0_is_off[bench]",
    ),
    broken(
        "command_looks_up_before_set_up",
        "the compiler is asked for its library while the Makefile is read",
        MAKEFILE,
        "$$(USER_LINK) $$(filter %.o %.a,$$^) $$(LIBGCC)",
        "$$(USER_LINK) $$(filter %.o %.a,$$^) $(LIBGCC)",
        host=f"{WORDS_TESTS}::test_nothing_is_looked_up_before_set_up[help-]",
    ),
    broken(
        "command_grade_takes_empty_memory_for_a_choice",
        "make grade fails for everybody",
        "tools/machines/settings.py",
        "        if not value:\n            continue\n",
        "",
        host="tests/commands/test_grade.py::test_full_score",
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
        host="tests/commands/test_closed_output.py::test_script",
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
