"""Mutations that break the idea of one strategy."""

from __future__ import annotations

from tests.mutations.mutation import Edit, Mutation, broken

ATOMIC = "variants/cow-atomic/count_atomic.h"
BATCH = "variants/cow-batch/fault_batch.h"
AROUND = "variants/cow-around/fault_around.h"
FORK_SHARE = "variants/common/fork_share.h"

ADD = "    __atomic_fetch_add(&batch->array[pfn], 1, __ATOMIC_RELAXED);\n"
SUBTRACT = "    uint32_t extra = __atomic_fetch_sub(&batch->array[pfn], 1, __ATOMIC_RELAXED);\n"

STRATEGY_MUTATIONS = (
    broken(
        "atomic_adds_in_three_steps",
        "a count is read, raised and stored, while other harts change it",
        ATOMIC,
        ADD,
        "    batch->array[pfn]++;\n",
        row=5,
        variant="cow-atomic",
        stores=True,
    ),
    broken(
        "atomic_drops_in_three_steps",
        "a count is read, lowered and stored, while other harts change it",
        ATOMIC,
        SUBTRACT,
        "    uint32_t extra = batch->array[pfn];\n    batch->array[pfn] = extra - 1;\n",
        row=5,
        variant="cow-atomic",
        harts=4,
        tests="row5_*,row6_*,row20_*",
    ),
    broken(
        "atomic_looks_before_it_drops",
        "two owners that drop a frame at once both see the other one",
        ATOMIC,
        SUBTRACT + "    if (extra)\n        return extra;\n",
        "    uint32_t extra = __atomic_load_n(&batch->array[pfn], __ATOMIC_RELAXED);\n"
        "    if (extra) {\n"
        "        __atomic_fetch_sub(&batch->array[pfn], 1, __ATOMIC_RELAXED);\n"
        "        return extra;\n"
        "    }\n",
        row=6,
        variant="cow-atomic",
        stores=True,
    ),
    broken(
        "atomic_leaves_a_free_frame_with_a_count",
        "the last owner does not put the 0 back that it has taken 1 from",
        ATOMIC,
        "    __atomic_store_n(&batch->array[pfn], 0, __ATOMIC_RELAXED);\n",
        "",
        variant="cow-atomic",
        stores=True,
    ),
    broken(
        "exclusive_fork_leaves_the_mark",
        "parent and child both believe to be alone with the pages that they share",
        FORK_SHARE,
        "            pte ^= PTE_OWN_OR_COW;\n",
        "            pte ^= PTE_W | PTE_COW;\n",
        variant="cow-exclusive",
        tests="row1_*",
    ),
    broken(
        "exclusive_fork_leaves_the_mark_of_text",
        "pages that nobody may write to keep the mark when they are shared",
        FORK_SHARE,
        "            pte &= ~(pte_t)PTE_ALONE;\n",
        "",
        variant="cow-exclusive",
        tests="row1_*",
    ),
    broken(
        "exclusive_last_copy_keeps_the_mark_off",
        "a page that becomes writable does not get the mark, and the next fork sets it",
        "variants/common/fault_page.h",
        "    *entry ^= PTE_OWN_OR_COW;\n",
        "    *entry ^= PTE_W | PTE_COW;\n",
        variant="cow-exclusive",
        tests="row1_*,row11_*,strategy_*",
    ),
    broken(
        "around_takes_what_others_have",
        "neighbors become writable although other processes have them",
        AROUND,
        "        if (!(pte & PTE_COW) || !count_is_last(&counts, pte_pfn(pte)))\n",
        "        if (!(pte & PTE_COW))\n",
        variant="cow-around",
        tests="strategy_*,row13_*",
    ),
    broken(
        "around_takes_what_nobody_may_write_to",
        "neighbors without the mark change, too: text, and pages that are not mapped",
        AROUND,
        "        if (!(pte & PTE_COW) || !count_is_last(&counts, pte_pfn(pte)))\n",
        "        if (!count_is_last(&counts, pte_pfn(pte)))\n",
        variant="cow-around",
        tests="strategy_*,row8_*",
    ),
    Mutation(
        name="around_serves_one_page",
        what="a fault of the last owner serves no neighbor",
        edits=(Edit(AROUND, "enum { AROUND = 16 };", "enum { AROUND = 1 };"),),
        variant="cow-around",
        tests="strategy_*",
    ),
    broken(
        "batch_keeps_owners_of_what_it_copied",
        "the frames of pages that were copied ahead keep an owner",
        BATCH,
        "    batch_drop(old, copied);\n",
        "    batch_drop(old, 0);\n",
        variant="cow-batch",
        tests="strategy_*",
    ),
    broken(
        "batch_takes_the_last_memory",
        "pages are copied ahead as long as there is a frame",
        BATCH,
        "frames.free > frames.total / 8",
        "frames.free > 0",
        variant="cow-batch",
        tests="strategy_*",
    ),
    broken(
        "batch_begins_large",
        "each copying fault takes 16 pages, wherever the last one was",
        BATCH,
        "BATCH_LEAST = 2",
        "BATCH_LEAST = 16",
        variant="cow-batch",
        tests="strategy_*",
    ),
    broken(
        "batch_never_grows",
        "a process that writes page after page gets two of them per fault",
        BATCH,
        "    if (page == cow->next)\n",
        "    if (page == 1)\n",
        variant="cow-batch",
        tests="strategy_*",
    ),
    broken(
        "batch_leaves_its_table",
        "a window goes on behind the end of its leaf table",
        BATCH,
        "    return window < left ? window : left;\n",
        "    return left ? window : left;\n",
        variant="cow-batch",
        tests="strategy_*",
        debug=True,
    ),
    broken(
        "batch_gives_ahead_what_is_the_others",
        "a page that is taken along becomes writable, but leads to the shared frame",
        BATCH,
        "        entry[i] = pte_make(new, (pte & PTE_FLAGS) ^ PTE_OWN_OR_COW);\n",
        "        entry[i] = pte ^ PTE_OWN_OR_COW;\n        old[copied] = new;\n",
        variant="cow-batch",
        tests="strategy_*,row13_*",
    ),
)
