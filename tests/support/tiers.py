"""The tiers of the suite: what needs nothing built, what `make check` and `make test VARIANT=v` run.

A test belongs to a tier when its name, as pytest prints it, begins with an entry.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.host.running.machine import ROOT
from bench.host.variants import all_variants

# On the host: they compile what they need themselves.
UNITS = (
    "tests/bench/guest/test_chain.py",
    "tests/bench/host/",
    "tests/bench/probe/test_decode.py::test_encodings",
    "tests/bench/probe/test_flow.py",
    "tests/bench/probe/test_models.py",
    "tests/commands/test_make_words.py",
    "tests/commands/test_run_host.py",
    "tests/commands/test_setup.py",
    "tests/kernel/test_devices.py",
    "tests/kernel/test_devicetree.py",
    "tests/kernel/test_fs.py",
    "tests/kernel/test_headers.py",
    "tests/kernel/test_spinlock.py",
    "tests/mutations/",
    "tests/pages/test_pages.py::test_no_entry_is_stale",
    "tests/pages/test_pages.py::test_pages_have_commands",
    "tests/pages/test_pages.py::test_targets_that_are_mentioned",
    "tests/pages/test_readme_languages.py",
    "tests/support/",
    "tests/tools/test_fsck.py",
    "tests/tools/test_mkfs.py",
    "tests/user/test_library.py",
    "tests/user/test_programs.py",
    "tests/variants/test_new_variant.py",
    "tests/variants/test_stores.py",
)

# Of the units those that are over soon, one machine, and a few commands as they are typed.
CHECK = (
    "tests/bench/host/test_check.py",
    "tests/bench/host/test_compare.py",
    "tests/bench/host/test_fits.py",
    "tests/bench/host/test_model.py",
    "tests/bench/host/test_protocol.py",
    "tests/bench/host/test_readme.py",
    "tests/bench/host/test_results.py",
    "tests/commands/test_run.py::test_status_of_the_command[exit 7",
    "tests/guest/test_guest.py::test_guest[cow-reuse-1hart-debug-",
    "tests/guest/test_guest.py::test_machine_ends_well[cow-reuse-1hart-debug]",
    "tests/kernel/test_devices.py",
    "tests/kernel/test_headers.py",
    "tests/mutations/",
    "tests/pages/test_readme_languages.py",
    "tests/support/",
    "tests/tools/test_mkfs.py",
    "tests/user/test_library.py",
    "tests/variants/test_new_variant.py",
    "tests/variants/test_stores.py",
)


# What a variant can change: all that boots it or is compiled with it.
VARIANT = (
    "tests/bench/guest/",
    "tests/commands/test_explain.py",
    "tests/commands/test_grade.py",
    "tests/commands/test_run.py",
    "tests/commands/test_verify.py::test_our_own_results_hold",
    "tests/course/",
    "tests/guest/",
    "tests/kernel/test_headers.py",
    "tests/kernel/test_instruction_set.py",
    "tests/power_cut/",
    "tests/programs/",
    "tests/races/",
    "tests/user/test_machine.py",
    "tests/user/test_terminal.py",
    "tests/variants/test_new_variant.py",
    "tests/variants/test_stores.py",
)


def is_unit(name: str) -> bool:
    return name.startswith(UNITS)


def skip_without(variants: Sequence[str], items: Sequence[pytest.Item]) -> None:
    """Of other variants than these no kernel is built. A test that needs one says so by the mark `needs`,
    or has it as its parameter `variant`."""
    known = all_variants(ROOT)
    for item in items:
        if is_unit(item.nodeid):
            continue
        needed = {name for each in item.iter_markers("needs") for name in each.args}
        call = getattr(item, "callspec", None)
        needed |= {call.params.get("variant")} & {*known} if call else set()
        if missing := needed - {*variants}:
            item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(sorted(missing))}"))


def mark(items: list[pytest.Item]) -> None:
    """Give tests the marks of their tiers."""
    for item in items:
        for name, entries in {"check": CHECK, "variant": VARIANT}.items():
            if item.nodeid.startswith(entries):
                item.add_marker(name)
