"""Mutations of what reads devicetrees and drives devices, and of ^C."""

from __future__ import annotations

from tests.mutations.mutation import broken

DEVICETREE = "kernel/dev/devicetree.c"
DEVICETREE_TESTS = "tests/kernel/test_devicetree.py"
PLIC = "kernel/dev/plic.c"
VIRTIO_BLOCK = "kernel/dev/virtio_block.c"
CONSOLE = "kernel/dev/console.c"
PROC = "kernel/proc/proc.c"
SHELL = "user/sh/run.c"
TERMINAL_TESTS = "tests/user/test_terminal.py::test_interrupt"
DRIVER_TESTS = "tests/kernel/test_devices.py"

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
    broken(
        "plic_serves_without_end",
        "a device that always raises its interrupt holds a hart for ever",
        PLIC,
        "for (unsigned left = AT_ONCE; left && !",
        "for (unsigned left = AT_ONCE; left != AT_ONCE + 1 && !",
        host=DRIVER_TESTS,
    ),
    broken(
        "plic_takes_more_at_once",
        "a hart that has served enough interrupts takes the next one before its tick",
        PLIC,
        "    csr_clear(sie, SIE_EXTERNAL);\n",
        "",
        host=DRIVER_TESTS,
    ),
    broken(
        "plic_goes_before_the_timer",
        "devices are served though the timer's interrupt is due",
        PLIC,
        "left && !(csr_read(sip) & SIE_TIMER); left--",
        "left; left--",
        host=DRIVER_TESTS,
    ),
    broken(
        "disk_is_waited_for",
        "a disk that never answers is waited for for ever",
        VIRTIO_BLOCK,
        "        if (!disk->failed && is_overdue(disk))",
        "        if (disk->failed && is_overdue(disk))",
        host=DRIVER_TESTS,
    ),
    broken(
        "disk_request_has_no_start",
        "the minute of a request begins with that of the slot's first one",
        VIRTIO_BLOCK,
        "    slot->since = disk->ticks;\n",
        "",
        host=DRIVER_TESTS,
    ),
    broken(
        "disk_not_stopped",
        "requests end though the device may still write",
        VIRTIO_BLOCK,
        "    if (!virtio_reset(&disk->device))\n        panic(",
        "    if (!disk->block.blocks)\n        panic(",
        host=DRIVER_TESTS,
    ),
    broken(
        "interrupt_lets_the_killed_fork",
        "processes that are forked by those that ^C has killed live on",
        PROC,
        "    bool alive = !parent || !atomic_load_explicit(&parent->killed, memory_order_relaxed);",
        "    bool alive = true;",
        system=f"{TERMINAL_TESTS}_kills_what_runs[cow-reuse-4harts-virtio-multiply-5]",
    ),
    broken(
        "interrupt_leaves_the_shell_waiting",
        "a shell that waits for a line does not hear of ^C",
        CONSOLE,
        "    return taken != complete || console_interrupted(heard);",
        "    (void)heard;\n    return taken != complete;",
        system=f"{TERMINAL_TESTS}_drops_the_line[cow-reuse-4harts-virtio]",
    ),
    broken(
        "interrupt_keeps_what_was_typed",
        "lines that were typed before ^C are read after it",
        CONSOLE,
        "    typed = complete = reading ? reading_end : taken;\n",
        "    typed = complete;\n",
        system=f"{TERMINAL_TESTS}_drops_what_was_typed_ahead[cow-reuse-4harts-virtio]",
    ),
    broken(
        "interrupt_kills_the_background",
        "what a process in the background forks is killed by ^C",
        PROC,
        "            proc->shield = parent->shield & SHIELD_FAMILY;",
        "            proc->shield = 0;",
        system=f"{TERMINAL_TESTS}_spares_the_background[cow-reuse-4harts-virtio]",
    ),
    broken(
        "interrupt_ends_one_command_alone",
        "the shell goes on with the line after ^C",
        SHELL,
        "    return shows_prompts() && shield(shielded) != line_interrupts;",
        "    return false;",
        system=f"{TERMINAL_TESTS}_ends_the_line[cow-reuse-4harts-virtio-{{}}; exit]",
    ),
)
