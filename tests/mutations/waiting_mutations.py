"""Mutations of what processes wait in order for."""

from __future__ import annotations

from tests.mutations.mutation import Edit, Mutation, broken

QUEUE_C = "kernel/lib/queue.c"
QUEUE_H = "kernel/lib/queue.h"
MUTEX_C = "kernel/lib/mutex.c"
PIPE = "kernel/fs/pipe.c"
LOG = "kernel/fs/log.c"
FILE = "kernel/fs/file.c"

WAITING_MUTATIONS = (
    broken(
        "queue_overtaken",
        "whoever comes takes what others wait for",
        QUEUE_H,
        "    return queue_is_empty(queue) && kind->take(queue, wanted);",
        "    return kind->take(queue, wanted);",
        disk=True,
    ),
    broken(
        "queue_serves_the_last",
        "whoever came last is served first",
        QUEUE_C,
        "list_entry(queue->waiters.next,",
        "list_entry(queue->waiters.previous,",
        disk=True,
    ),
    broken(
        "queue_killed_keeps_what_it_has",
        "what was handed to a process that is killed is lost",
        QUEUE_C,
        "        kind->give(queue, wanted);",
        "        ;",
        disk=True,
    ),
    broken(
        "queue_killed_serves_nobody",
        "a killed process leaves others waiting for what there is",
        QUEUE_C,
        "        list_remove(&self->link);\n    queue_serve(queue, kind);\n",
        "        list_remove(&self->link);\n",
        disk=True,
    ),
    broken(
        "mutex_forgets_who_waits",
        "a mutex is given up as if only one had waited for it",
        MUTEX_C,
        "    if (queue_is_empty(&mutex->queue))\n",
        "",
        disk=True,
    ),
    broken(
        "mutex_sharers_overtake",
        "one that wants a mutex alone waits for ever while others share it",
        MUTEX_C,
        "!(state & (MUTEX_ALONE | MUTEX_WAITED_FOR))",
        "!(state & MUTEX_ALONE)",
        disk=True,
    ),
    broken(
        "mutex_alone_among_sharers",
        "a mutex is given to one alone while others share it",
        MUTEX_C,
        "wanted == MUTEX_ALONE ? ~MUTEX_WAITED_FOR : MUTEX_ALONE",
        "MUTEX_ALONE",
        disk=True,
    ),
    Mutation(
        "pipe_turn_not_handed_over",
        "those that wait for their turn are woken, and anybody can take it before they run",
        (
            Edit(
                PIPE,
                "    if (queue_wait(&pipe->ends[end].turns, &turn_kinds[end], &pipe->lock, wanted))\n"
                "        return true;\n",
                "    bool alive = true, has_turn;\n"
                "    while (!(has_turn = take_turn(pipe, end, wanted)) && alive)\n"
                "        alive = wait_on(&pipe->ends[end].turns.waiters, &pipe->lock);\n"
                "    if (has_turn)\n"
                "        return true;\n",
            ),
            Edit(
                PIPE,
                "    queue_serve(&pipe->ends[end].turns, &turn_kinds[end]);\n",
                "    (void)turn_kinds;\n    wait_wake_all(&pipe->ends[end].turns.waiters);\n",
            ),
        ),
        tests="fairness_*_pipe",
    ),
    Mutation(
        "log_room_not_handed_over",
        "those that wait for the next transaction are woken, and anybody can fill it before they run",
        (
            Edit(
                LOG,
                "    queue_wait_always(&log.starters, &room, &log.lock, blocks);\n",
                "    while (!take_room(&log.starters, blocks))\n"
                "        wait_on_always(&log.starters.waiters, &log.lock);\n",
            ),
            Edit(
                LOG,
                "    log.closed = false;\n    queue_serve(&log.starters, &room);\n",
                "    log.closed = false;\n    wait_wake_all(&log.starters.waiters);\n",
            ),
            Edit(
                LOG,
                "        log.reserved -= operation->reserved;\n"
                "        queue_serve(&log.starters, &room);\n",
                "        log.reserved -= operation->reserved;\n"
                "        wait_wake_all(&log.starters.waiters);\n",
            ),
        ),
        tests="fairness_of_small_changes_*",
    ),
    broken(
        "file_readers_exclude_each_other",
        "one process at a time reads a file",
        FILE,
        "    inode_lock_shared(file->inode);\n"
        "    int64_t count = inode_read(file->inode, to, file->offset, size);\n"
        "    inode_unlock_shared(file->inode);\n",
        "    inode_lock(file->inode);\n"
        "    int64_t count = inode_read(file->inode, to, file->offset, size);\n"
        "    inode_unlock(file->inode);\n",
        tests="fairness_of_two_readers_*",
    ),
)
