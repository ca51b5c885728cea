"""Mutations of what reads devicetrees and drives devices, as the tests on the host see them."""

from __future__ import annotations

from mutation import broken

DEVICETREE = "kernel/dev/devicetree.c"
DEVICETREE_TESTS = "tests/test_devicetree.py"

DEVICE_MUTATIONS = (
    broken(
        "devicetree_strings_without_end",
        "the name of a property is read beyond the strings",
        DEVICETREE,
        "    if (strings.begin < strings.end && blob[strings.end - 1])",
        "    if (strings.begin > strings.end)",
        host=DEVICETREE_TESTS,
    ),
    broken(
        "devicetree_reservations_without_end",
        "the memory reservation block is read beyond the blob",
        DEVICETREE,
        "at + 16 <= total_size;",
        ";",
        host=DEVICETREE_TESTS,
    ),
    broken(
        "devicetree_long_property",
        "a property may be longer than what is left of the structure block",
        DEVICETREE,
        "    return size <= room ? at + size : 0;",
        "    return at + size;",
        host=DEVICETREE_TESTS,
    ),
    broken(
        "devicetree_list_without_end",
        "the last string of a property is read up to its zero, wherever that is",
        DEVICETREE,
        "            return false; // it has no end",
        "            length = strlen(list + at);",
        host=DEVICETREE_TESTS,
    ),
    broken(
        "devicetree_many_interrupt_cells",
        "an interrupt may have more cells than the property",
        DEVICETREE,
        "        if (!count || count > (size - at) / 4)",
        "        if (!count)",
        host=DEVICETREE_TESTS,
    ),
    broken(
        "devicetree_many_reg_cells",
        "a number in reg may have any number of cells",
        DEVICETREE,
        "    if (address_cells > CELLS_LIMIT || size_cells > CELLS_LIMIT)",
        "    if (!address_cells && !size_cells)",
        host=DEVICETREE_TESTS,
    ),
)
