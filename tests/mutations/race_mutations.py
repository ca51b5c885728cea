"""Races, planted: each is found by `make races`, and the schedule of a known seed finds it each time.

In real time most of them are noticed in some runs and not in others. tests/races/test_planted.py keeps each of
them found, with one run, and docs/races.md has the table.
"""

from __future__ import annotations

from typing import Any

from tests.mutations.mutation import Edit, Mutation

COPY_H = "variants/common/copy.h"
ARRAY_H = "variants/common/count_array.h"
HASH_H = "variants/common/count_hash.h"
FRAME = "kernel/mm/frame.c"
SPACE = "kernel/mm/space.c"
PROC = "kernel/proc/proc.c"
SCHED = "kernel/proc/sched.c"

COPY = "    page_copy(pfn_to_virt(new), pfn_to_virt(old));\n"
DROP = """    count_open_to_drop(&counts);
    uint64_t owners = count_drop(&counts, old);
    count_close(&counts);
"""
SAYS_BLOCKED = (
    "    atomic_store(&proc->state, PROC_BLOCKED); // before killed is read: see proc_kill()\n"
)


def race(name: str, what: str, test: str, seed: int, *edits: Edit, **others: Any) -> Mutation:
    """The test fails under the schedule of the seed."""
    others = {"harts": 4, "debug": True} | others
    return Mutation(f"race_{name}", what, edits, tests=test, seed=seed, **others)


RACE_MUTATIONS = (
    race(
        "count_without_a_lock",
        "counts are changed without the lock",
        "race_forks",
        19,
        Edit(ARRAY_H, "batch->flags = spin_lock(&count_lock);", "batch->flags = irq_save();"),
        Edit(ARRAY_H, "spin_unlock(&count_lock, batch->flags);", "irq_restore(batch->flags);"),
        row=5,
    ),
    race(
        "table_without_a_lock",
        "the hash table is looked up and changed without the lock",
        "race_forks",
        1,
        Edit(HASH_H, "batch->flags = spin_lock(&count_lock);", "batch->flags = irq_save();"),
        Edit(HASH_H, "spin_unlock(&count_lock, batch->flags);", "irq_restore(batch->flags);"),
        variant="cow-hash",
    ),
    race(
        "count_read_again",
        "whether a frame is unshared is read in one critical section and used in the next",
        "race_last_owners",
        10,
        Edit(
            COPY_H,
            DROP,
            "    count_open(&counts, 0);\n"
            "    uint64_t owners = !count_is_last(&counts, old);\n"
            "    count_close(&counts);\n"
            "    count_open(&counts, 0);\n"
            "    count_drop(&counts, old);\n"
            "    count_close(&counts);\n",
        ),
        variant="cow-array",
        row=6,
    ),
    race(
        "last_owner_not_atomic",
        "two owners find that neither is the last one, and both copy: nobody frees the page",
        "race_last_owners",
        1,
        Edit(COPY_H, "    if (owners == 0)\n        frame_free(old);\n", "    (void)owners;\n"),
    ),
    race(
        "frame_used_after_its_drop",
        "the other owner finds itself the last one, and writes in place, during the copy",
        "race_last_owners",
        1,
        Edit(COPY_H, COPY, ""),
        Edit(COPY_H, DROP, DROP + COPY),
        row=20,
    ),
    race(
        "no_flush_on_switch_in",
        "a hart keeps translations of a space that was changed elsewhere",
        "race_moves",
        8,
        Edit(
            SPACE,
            "    bool known = hart->space == space && hart->space_generation == space->generation;",
            "    bool known = hart->space == space;",
        ),
    ),
    race(
        "generation_not_moved_on",
        "a hart that takes pages away does not tell others that what they hold is old",
        "race_shrinks",
        11,
        Edit(
            SPACE,
            "    space->generation++;\n    debug_changed(space);\n    if",
            "    debug_changed(space);\n    if",
        ),
        Edit(
            SPACE,
            "hart->space_generation = ++space->generation;\n    COUNT",
            "hart->space_generation = space->generation;\n    COUNT",
        ),
    ),
    race(
        "lost_wake_up",
        "the lock is free for a moment before the process says that it sleeps",
        "race_hand_over",
        15,
        Edit(
            SCHED,
            SAYS_BLOCKED,
            "    spin_release(lock);\n    atomic_store(&proc->state, PROC_BLOCKED);\n    spin_take(lock);\n",
        ),
    ),
    race(
        "lost_kill",
        "a process looks whether it is killed before it says that it sleeps",
        "race_kill",
        28,
        Edit(SCHED, SAYS_BLOCKED, "    bool killed = atomic_load(&proc->killed);\n" + SAYS_BLOCKED),
        Edit(SCHED, "    bool stay = atomic_load(&proc->killed) &&", "    bool stay = killed &&"),
    ),
    race(
        "two_harts_on_one_stack",
        "a process runs again before the hart that it slept on has left its stack",
        "race_hand_over",
        91,
        Edit(
            SCHED,
            "    while (atomic_load_explicit(&proc->on_hart, memory_order_acquire))\n        spin_pause();",
            "   ",
        ),
    ),
    race(
        "reaped_too_early",
        "a process can be reaped while its hart still stands on its stack",
        "race_slots",
        53,
        Edit(
            PROC,
            "    atomic_store(&proc->state, PROC_ENDED);\n",
            "    atomic_store(&proc->state, PROC_ENDED);\n    proc_ended(proc);\n",
        ),
        Edit(SCHED, "    proc_ended(proc);\n    run_next();", "    run_next();"),
    ),
    race(
        "reaped_twice",
        "wait leaves a zombie in the list, where a fork that needs a slot finds it, too",
        "race_orphans",
        32,
        Edit(
            PROC,
            "    struct list *link = alive ? list_take(&proc->zombies) : 0;",
            "    struct list *link = alive && !list_empty(&proc->zombies) ? proc->zombies.next : 0;",
        ),
    ),
    race(
        "free_list_without_a_lock",
        "the common pool of free frames is taken from without the lock",
        "race_heaps",
        570,
        Edit(FRAME, "    spin_take(&pool_lock);\n    if (pool[kind]) {", "    if (pool[kind]) {"),
        Edit(
            FRAME,
            "        chain = pool_take_fresh();\n    }\n    spin_release(&pool_lock);\n",
            "        chain = pool_take_fresh();\n    }\n",
        ),
        variant="eager",
    ),
    race(
        "free_frames_counted_in_two_steps",
        "whether there are frames is asked in one step, and they are set aside in the next",
        "race_forks",
        44,
        Edit(
            FRAME,
            "    if (!take_from(&free_frames, n, &left))\n        return false;\n",
            "    if (free_frames < n)\n        return false;\n    left = free_frames -= n;\n",
        ),
    ),
    race(
        "locks_in_another_order",
        "family_lock is taken while runnable_lock is held",
        "race_ends",
        18,
        Edit(
            PROC,
            "void proc_ended(",
            "struct spinlock *proc_family_lock(void);\n"
            "struct spinlock *proc_family_lock(void)\n{\n    return &family_lock;\n}\n\nvoid proc_ended(",
        ),
        Edit(
            SCHED,
            "static struct proc *dequeue(void)\n{",
            "struct spinlock *proc_family_lock(void);\n\nstatic struct proc *dequeue(void)\n{",
        ),
        Edit(
            SCHED,
            "    spin_release(&runnable_lock);\n    return link ?",
            "    if (link) {\n        spin_take(proc_family_lock());\n        spin_release(proc_family_lock());\n    }\n"
            "    spin_release(&runnable_lock);\n    return link ?",
        ),
    ),
)
