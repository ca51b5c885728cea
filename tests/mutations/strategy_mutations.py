"""Mutations that break the idea of one strategy."""

from __future__ import annotations

from tests.mutations.mutation import Edit, Mutation, broken

ATOMIC = "variants/cow-atomic/count_atomic.h"
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
)
