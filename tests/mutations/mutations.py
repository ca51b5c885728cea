"""Mutations: small changes that break the kernel in one way each, and what should notice them.

The rows are those of the list of copy-on-write bugs that tests/README.md explains. A mutation
names text that occurs exactly once in a file, and the text to put there instead, so that it can
be read as what it is; tests/mutations/test_mutations.py fails as soon as one does not fit the sources any
more.
"""

from __future__ import annotations

from tests.mutations.command_mutations import COMMAND_MUTATIONS
from tests.mutations.device_mutations import DEVICE_MUTATIONS
from tests.mutations.disk_mutations import DISK_MUTATIONS
from tests.mutations.file_mutations import FILE_MUTATIONS
from tests.mutations.mutation import Edit, Mutation, broken
from tests.mutations.race_mutations import (
    ARRAY_H,
    COPY,
    COPY_H,
    DROP,
    HASH_H,
    RACE_MUTATIONS,
    SPACE,
)
from tests.mutations.strategy_mutations import STRATEGY_MUTATIONS
from tests.mutations.waiting_mutations import WAITING_MUTATIONS

FORK_SHARE = "variants/common/fork_share.h"
RELEASE = "variants/common/release.h"
ARRAY_C = "variants/common/count_array.c"
HASH_C = "variants/common/count_hash.c"
FAULT = "kernel/mm/fault.c"
HEAP = "kernel/mm/heap.h"
TRAP = "kernel/sys/trap.c"
LOG = "kernel/fs/log.c"
INODE = "kernel/fs/inode.c"
VIRTIO_BLOCK = "kernel/dev/virtio_block.c"

SHARED_ENTRY = """        from[i] = pte;
        to[i] = pte;
"""

MUTATIONS = (
    broken(
        "row01_free_test_inverted",
        "a page is freed while others own it, and kept when nobody does",
        RELEASE,
        "pte_pfn(pte)) == 0)",
        "pte_pfn(pte)) != 0)",
        row=1,
    ),
    Mutation(
        row=2,
        name="row02_fault_address_not_rounded",
        what="the copy is made from the fault's address on, not from the page's start",
        edits=(
            Edit(FAULT, "        address = align_down(address, PAGE_SIZE);\n", ""),
            Edit(
                COPY_H,
                COPY,
                "    page_copy(pfn_to_virt(new), (char *)pfn_to_virt(old) + page % PAGE_SIZE / 8 * 8);\n",
            ),
        ),
    ),
    broken(
        "row03_system_calls_write_through",
        "a fault of the kernel makes a shared page writable without copying it",
        TRAP,
        "    if (fault_serve(proc->space, address, access_of(cause)) != FAULT_SERVED)\n"
        "        frame->epc",
        "    pte_t *entry = space_entry(proc->space, address);\n"
        "    if (entry && cause == CAUSE_STORE_PAGE_FAULT && *entry & 1 << 8) {\n"
        "        *entry ^= 1 << 8 | PTE_W;\n"
        "        tlb_flush_page(address);\n"
        "        return;\n"
        "    }\n"
        "    if (fault_serve(proc->space, address, access_of(cause)) != FAULT_SERVED)\n"
        "        frame->epc",
        row=3,
    ),
    broken(
        "row04_system_calls_take_any_address",
        "the range of a system call's pointer is not checked",
        "kernel/mm/user_access.c",
        "    return size <= USER_END && address <= USER_END - size;",
        "    return size <= USER_END || address;",
        row=4,
    ),
    Mutation(
        row=4,
        name="row04_fault_address_not_checked",
        what="a fault beyond the break is looked up in the page table as if it were below",
        edits=(
            Edit(
                FAULT, "    if (address >= align_up(space->size, PAGE_SIZE))\n", "    if (!space)\n"
            ),
            Edit(FAULT, "    if (!span || !*span)\n", "    if (!space)\n"),
        ),
    ),
    broken(
        "row07_lock_taken_twice",
        "a write fault takes the counts' lock while it holds it",
        COPY_H,
        DROP,
        "    count_open_to_drop(&counts);\n"
        "    uint64_t owners = count_drop(&counts, old);\n"
        "    struct count_batch again;\n"
        "    count_open(&again, 0);\n"
        "    count_close(&again);\n"
        "    count_close(&counts);\n",
        row=7,
    ),
    broken(
        "row08_text_is_marked_cow",
        "fork marks read-only pages as if a write were to copy them",
        FORK_SHARE,
        "        if (pte & PTE_W) {\n            pte ^= PTE_OWN_OR_COW;\n",
        "        if (pte) {\n            pte = (pte & ~PTE_W) | PTE_COW;\n",
        row=8,
    ),
    Mutation(
        row=9,
        name="row09_any_fault_is_served",
        what="a fault on a mapped page gives the right that was missing",
        edits=(
            Edit(
                FAULT,
                "    if (cow_serves(*entry, access))",
                "    if (!(*entry & PTE_COW))\n        *entry |= access;\n"
                "    if (cow_serves(*entry, access))",
            ),
            Edit(
                FAULT,
                "access);\n    }\n    return FAULT_INVALID;",
                "access);\n    }\n    tlb_flush_all();\n    return FAULT_SERVED;",
            ),
        ),
    ),
    broken(
        "row09_loads_are_stores",
        "a jump into a shared page is served like a store to it",
        FAULT,
        "    if (cow_serves(*entry, access))",
        "    if (access == ACCESS_FETCH && *entry & PTE_COW)\n        *entry |= PTE_X;\n"
        "    if (*entry & access)\n        return FAULT_SERVED;\n"
        "    if (cow_serves(*entry, access))",
        row=9,
    ),
    broken(
        "row10_array_too_small",
        "the array of counts covers half of memory",
        ARRAY_C,
        "frame_boot_alloc(bytes)",
        "frame_boot_alloc(bytes / 2)",
        row=10,
    ),
    broken(
        "row11_second_share_loses_cow",
        "a page that is shared already becomes writable in the next child",
        FORK_SHARE,
        SHARED_ENTRY,
        "        to[i] = from[i] & PTE_COW ? pte ^ (PTE_COW | PTE_W) : pte;\n"
        "        from[i] = pte;\n",
        row=11,
    ),
    Mutation(
        row=12,
        name="row12_count_of_8_bits",
        what="a count overflows at 256 owners",
        variant="cow-array",
        processes=600,
        edits=(
            Edit(ARRAY_H, "extern uint32_t *count_array;", "extern uint8_t *count_array;"),
            Edit(ARRAY_H, "    uint32_t *array;", "    uint8_t *array;"),
            Edit(ARRAY_C, "\nuint32_t *count_array;", "\nuint8_t *count_array;"),
            Edit(ARRAY_C, "    uint32_t *entries =", "    uint8_t *entries ="),
            Edit(ARRAY_C, "(uint32_t *)((uintptr_t)", "(uint8_t *)((uintptr_t)"),
        ),
    ),
    broken(
        "row12_count_of_8_bits_in_the_unit_tests",
        "a count overflows at 256 owners",
        ARRAY_H,
        "batch->array[pfn]++;",
        "batch->array[pfn] = (uint8_t)(batch->array[pfn] + 1);",
        row=12,
        stores=True,
    ),
    broken(
        "row13_no_flush_after_fork",
        "the parent's writable translations outlive the fork",
        SPACE,
        "    space_flush(parent);\n",
        "",
        row=13,
    ),
    broken(
        "row14_failed_fork_loses_the_child",
        "a fork that fails does not give the child's struct back",
        "kernel/proc/proc.c",
        "        proc_give(child);\n",
        "        (void)proc_give;\n",
        row=14,
    ),
    broken(
        "row14_failed_fork_is_no_failure",
        "a fork goes on although its frames could not be set aside",
        FORK_SHARE,
        " || cow_fork_begin_exactly(parent, fork);",
        " || cow_fork_begin_exactly(parent, fork) || fork;",
        row=14,
    ),
    broken(
        "row14_failed_fork_takes_frames",
        "a fork takes frames for a moment before it finds that there are too few",
        ARRAY_H,
        "    return frame_reserve(frames);",
        "    if (!frame_reserve(frames / 2))\n        return false;\n"
        "    if (frame_reserve(frames - frames / 2))\n        return true;\n"
        "    frame_unreserve(frames / 2);\n    return false;",
        row=14,
    ),
    broken(
        "row14_fork_refused_that_fits",
        "a fork sets aside twice as many frames for tables as it makes",
        SPACE,
        "    fork->frames = cow_fork_tables(parent)",
        "    fork->frames = 2 * cow_fork_tables(parent)",
        row=14,
    ),
    broken(
        "row15_old_page_not_dropped",
        "a copy is made and the old page keeps its owner",
        COPY_H,
        "    uint64_t owners = count_drop(&counts, old);\n",
        "    uint64_t owners = count_is_last(&counts, old) ? 2 : 1;\n",
        row=15,
    ),
    broken(
        "row16_eight_bytes_zeroed",
        "only the first 8 bytes of a new page are zeroed",
        SPACE,
        "    page_zero(pfn_to_virt(frame));\n    return frame;",
        "    *(uint64_t *)pfn_to_virt(frame) = 0;\n    return frame;",
        row=16,
    ),
    broken(
        "row16_eight_bytes_of_a_lazy_page_zeroed",
        "only the first 8 bytes of a page that is touched for the first time are zeroed",
        SPACE,
        "    page_zero(pfn_to_virt(frame));\n    return frame;",
        "    *(uint64_t *)pfn_to_virt(frame) = 0;\n    return frame;",
        row=16,
        lazy=True,
    ),
    Mutation(
        row=17,
        name="row17_panic_without_memory",
        what="a write fault without memory stops the machine",
        edits=(
            Edit(
                COPY_H,
                "        return FAULT_NO_MEMORY;\n    page_copy",
                '        panic("no memory to copy a page");\n    page_copy',
            ),
            Edit(
                COPY_H,
                '#include "arch/page.h"\n',
                '#include "arch/page.h"\n#include "lib/print.h"\n',
            ),
        ),
    ),
    broken(
        "row17_fault_without_memory_is_served",
        "a write fault without memory is taken again for ever",
        COPY_H,
        "        return FAULT_NO_MEMORY;\n    page_copy",
        "        return FAULT_SERVED;\n    page_copy",
        row=17,
    ),
    broken(
        "row18_user_bit_lost",
        "a copied page is mapped without the user bit",
        COPY_H,
        "*entry = pte_make(new, (*entry & PTE_FLAGS) ^ PTE_OWN_OR_COW);",
        "*entry = pte_make(new, (*entry & PTE_FLAGS & ~PTE_U) ^ PTE_OWN_OR_COW);",
        row=18,
    ),
    broken(
        "row18_page_stays_readonly",
        "a copied page stays read-only: the same fault for ever",
        COPY_H,
        "(*entry & PTE_FLAGS) ^ PTE_OWN_OR_COW);",
        "*entry & PTE_FLAGS);",
        row=18,
    ),
    broken(
        "row19_page_tables_are_counted",
        "fork counts a page-table page like a shared user page",
        "variants/common/span_own.h",
        "    *to = pte_table(table);\n",
        "    *to = pte_table(table);\n"
        "    struct count_batch counts;\n"
        "    count_open(&counts, 1);\n"
        "    count_add(&counts, table);\n"
        "    count_close(&counts);\n",
        row=19,
    ),
    # Bugs of other kinds, some of which this kernel had.
    broken(
        "other_process_given_away_with_its_page_table",
        "a hart still uses the page table of a process that another hart runs, and ends",
        "kernel/proc/sched.c",
        "    space_deactivate();\n    this_hart()->proc = 0;",
        "    this_hart()->proc = 0;",
        harts=4,
    ),
    broken(
        "other_switch_leaves_sstatus",
        "a process that follows one which was stopped in the kernel returns into the kernel",
        "kernel/arch/context.S",
        "    csrc sstatus, t0\n",
        "",
        tests="registers_*",
        debug=True,  # else it is interrupted there, and returns to the user in the end
    ),
    broken(
        "other_fork_saves_no_saved_registers",
        "the child has those of s0 to s11 that were saved last, at whatever time",
        "kernel/arch/trap.S",
        "    bne a7, t0, 1f\n",
        "    j 1f\n",
        tests="registers_*",
    ),
    broken(
        "other_exec_hands_on_a_register",
        "a program starts with a register of the one before",
        "kernel/proc/exec.c",
        "        .a1 = stack_pointer(image),\n",
        "        .a1 = stack_pointer(image),\n        .s11 = proc->frame->s11,\n",
        tests="registers_*",
    ),
    broken(
        "other_no_flush_after_shrinking",
        "translations of pages that were given back stay in the TLB",
        SPACE,
        "        space_flush(space);\n        cow_release_range(space, gone, batch);",
        "        cow_release_range(space, gone, batch);",
    ),
    broken(
        "other_sbrk_below_the_heap",
        "sbrk takes the stack away",
        SPACE,
        "    if (size < space->heap || size > USER_END)",
        "    if (size > USER_END)",
    ),
    broken(
        "other_floating_point_left_on",
        "programs can use registers that no switch saves",
        "kernel/main.c",
        "    csr_clear(sstatus, SSTATUS_FS | SSTATUS_VS);",
        "    csr_set(sstatus, SSTATUS_FS); //",
    ),
    broken(
        "other_harts_keep_their_processes",
        "a tick takes only the first hart from its process",
        "kernel/proc/sched.c",
        "    if (__atomic_load_n(&runnable.next, __ATOMIC_RELAXED) != &runnable)",
        "    if (this_hart()->index == 0)",
        host="tests/kernel/test_harts.py",
    ),
    broken(
        "other_stack_overflow_is_not_told",
        "a trap from the kernel saves below the stack, which traps again",
        "kernel/arch/trap.S",
        "    bgez tp, stack_overflow\n",
        "",
        host="tests/kernel/test_harts.py",
    ),
    broken(
        "other_lock_is_never_reserved",
        "a hart may take a spinlock again while another has lost patience with it",
        "kernel/lib/spinlock.c",
        "    atomic_fetch_or_explicit(&lock->state, SPIN_RESERVED, memory_order_relaxed);\n",
        "",
        host="tests/kernel/test_spinlock.py",
    ),
    broken(
        "other_lock_reserved_for_another_is_kept",
        "a spinlock is taken by a hart that finds it reserved for another",
        "kernel/lib/spinlock.c",
        "    if (before == SPIN_RESERVED)\n        spin_release(lock);\n    for",
        "    if (before == SPIN_RESERVED)\n        return;\n    for",
        host="tests/kernel/test_spinlock.py",
    ),
    broken(
        "other_lock_is_released_without_order",
        "what a holder wrote may be seen after its lock is free",
        "kernel/lib/spinlock.h",
        "~(unsigned long)SPIN_HELD, memory_order_release",
        "~(unsigned long)SPIN_HELD, memory_order_relaxed",
        host="tests/kernel/test_spinlock.py",
    ),
    broken(
        "other_ended_orphans_keep_their_slots",
        "orphans that have ended take up slots until init waits for them",
        "kernel/proc/proc.c",
        "        if (!proc->orphan)",
        "        if (proc)",
        tests="orphans_*",
    ),
    broken(
        "other_zombies_of_a_parent_lose_their_slots",
        "a fork takes the slot of a zombie whose parent may still wait for it",
        "kernel/proc/proc.c",
        "    return link ? list_entry(link, struct proc, family_link) : take_ended_orphan();",
        "    if (!link)\n"
        "        link = list_take(&proc_current()->zombies);\n"
        "    return link ? list_entry(link, struct proc, family_link) : take_ended_orphan();",
        tests="zombies_*",
    ),
    broken(
        "other_wait_loses_the_child",
        "wait that cannot store the status forgets the child",
        "kernel/proc/proc.c",
        "    if (stored) {\n        pid =",
        "    if (stored || child) {\n        pid =",
    ),
    broken(
        "other_eager_shares_a_page",
        "fork by copying leaves the last page of a table shared",
        "variants/common/fork_copy.h",
        "        page_copy(pfn_to_virt(frame), pfn_to_virt(pte_pfn(pte)));",
        "        if (i + 1 < n || n < 4)\n"
        "            page_copy(pfn_to_virt(frame), pfn_to_virt(pte_pfn(pte)));",
        variant="eager",
    ),
    broken(
        "lazy_guard_page_is_filled",
        "a lazy page is made anywhere below the break, in the guard page too",
        HEAP,
        "address < space->heap || access",
        "access",
        lazy=True,
    ),
    broken(
        "lazy_break_is_not_looked_at",
        "a lazy page is made anywhere, above the break too",
        FAULT,
        "address >= align_up(space->size, PAGE_SIZE)",
        "address >= USER_END",
        lazy=True,
    ),
    broken(
        "lazy_jump_fills_a_page",
        "a jump into the heap makes a page, again and again",
        HEAP,
        " || access == ACCESS_FETCH)",
        " || !access)",
        lazy=True,
    ),
    broken(
        "lazy_table_missing",
        "a touch finds no page table, and is taken for an invalid one",
        FAULT,
        "*span)\n        return heap_touch(space, address, access)",
        "*span)\n        return FAULT_INVALID",
        lazy=True,
    ),
    broken(
        "lazy_fault_not_counted",
        "the first touch of a page is not counted",
        HEAP,
        "    COUNT(space->counters, faults_zero, 1);\n",
        "",
        lazy=True,
    ),
    broken(
        "lazy_break_takes_memory",
        "sbrk maps the pages all the same",
        HEAP,
        "if (!ALL_LAZY && !lazy)",
        "if (!lazy)",
        lazy=True,
    ),
    broken(
        "lazy_fork_expects_full_tables",
        "counts are made for all pages that would fit into the tables",
        HEAP,
        "return pages < used ? pages : used;",
        "return used ? pages : used;",
        lazy=True,
        variant="cow-hash",
    ),
    broken(
        "lazy_page_is_anothers",
        "the second page of a heap that is touched is the first one again",
        HEAP,
        "space_map_page(space, align_down(address, PAGE_SIZE), ",
        "space_map_page(space, align_down(address, 2 * PAGE_SIZE), ",
        lazy=True,
    ),
    broken(
        "power_no_flush_before_header",
        "the log's header may be on the disk before what it tells of",
        LOG,
        "write_blocks(false) || flush())",
        "write_blocks(false))",
        power_cuts=200,
    ),
    broken(
        "power_no_flush_after_header",
        "a system call returns before its commit is on the disk",
        LOG,
        "    return flush();",
        "    return 0;",
        power_cuts=200,
    ),
    Mutation(
        name="power_nobody_waits_for_the_commit",
        what="only the process that commits waits, those of the same commit do not",
        power_cuts=300,
        edits=(
            Edit(LOG, "while (operation->wrote && log.durable", "while (0 && log.durable"),
            Edit(LOG, "operation->wrote && log.durable < mine ? -1 : 0", "0"),
        ),
    ),
    Mutation(
        name="power_commit_overwrites_the_last_one",
        what="a commit's blocks go where those of the last one are, whose header is still valid",
        power_cuts=200,
        edits=(
            Edit(LOG, "old_end + log.count <= size", "size == 0"),
            Edit(LOG, "if (fits_before)", "if (fits_before || size)"),
        ),
    ),
    broken(
        "power_no_replay",
        "a mount forgets the commit in the log",
        LOG,
        "return log.header->count ? install_all()",
        "return log.header->count > FS_LOG_LIMIT ? install_all()",
        power_cuts=100,
    ),
    broken(
        "power_replay_without_flush",
        "a mount makes the log empty before the blocks are in their places",
        LOG,
        'return flush() || write_header() ? "the disk fails"',
        'return write_header() ? "the disk fails"',
        power_cuts=800,
    ),
    broken(
        "power_disk_is_not_flushed",
        "the driver ends a flush that it has not passed on",
        VIRTIO_BLOCK,
        "BLOCK_FLUSH && !has_flush)",
        "BLOCK_FLUSH && has_flush)",
        power_cuts=200,
    ),
    broken(
        "power_waiting_requests_stay",
        "requests of the disk that found no free slot never get one",
        VIRTIO_BLOCK,
        "    if (!disk->failed)\n        start_waiting(disk);\n    spin_release",
        "    spin_release",
        power_cuts=10,
    ),
    broken(
        "power_orphans_stay",
        "a mount leaves files without names on the disk",
        INODE,
        "if (disk->links == 0)",
        "if (disk->links == 1000)",
        power_cuts=100,
    ),
    broken(
        "other_hash_throws_away_a_table_of_a_fork",
        "a table that a fork made goes away before its first entry comes",
        HASH_C,
        "    if (expected)\n        return;",
        "    if (expected == 1000000)\n        return;",
        stores=True,
        variant="cow-hash",
    ),
    broken(
        "other_hash_forgets_other_forks",
        "a fork's room is taken for that of the next one, too",
        HASH_C,
        "count_table.entries + expected + pages",
        "count_table.entries + pages",
        stores=True,
        variant="cow-hash",
    ),
    broken(
        "other_hash_stays_slow",
        "a table with long probes does not double",
        HASH_C,
        "        count_table.least_bits = count_table.bits + 1;",
        "        count_table.least_bits = count_table.bits;",
        stores=True,
        variant="cow-hash",
    ),
    broken(
        "other_hash_loses_a_displaced_entry",
        "a slot is emptied although a later entry of its run is reached through it",
        HASH_H,
        "(pfn << 32 | 1) && !count_next_is_displaced(batch, slot, i))",
        "(pfn << 32 | 1))",
        variant="cow-hash",
        stores=True,
    ),
    *COMMAND_MUTATIONS,
    *DEVICE_MUTATIONS,
    *DISK_MUTATIONS,
    *FILE_MUTATIONS,
    *RACE_MUTATIONS,
    *STRATEGY_MUTATIONS,
    *WAITING_MUTATIONS,
)
