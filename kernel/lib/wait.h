// Waiting for an event, for any layer. For something that one process has at the expense of others,
// such as a turn or room, use a queue: lib/queue.h.
//
// A wait list is a list head. A spinlock guards it together with the condition that is waited for.
// The caller holds it on entry and on return; it is released while waiting. The caller must check
// the condition again, since it may have been woken for another reason.
#pragma once

#include "lib/list.h"
#include "lib/spinlock.h"

// The part of a process that waits: each process has one.
struct waiter {
    struct list link; // in a wait list or a queue; guarded by the lock that guards that
    uint64_t wanted;  // lib/queue.h's, as is served
    bool served;
};

// The scheduler defines these four (proc/sched.c). They leave a process in its list, whoever wakes
// it.

// The calling process's.
struct waiter *wait_self(void);

// Sleeps until woken. The lock is given up meanwhile. False when the process is killed: then it
// must give up, and is not put to sleep again.
bool wait_sleep(struct spinlock *lock);

// The same for an event that always comes soon, such as the end of a transfer: a killed process
// waits like any other.
void wait_sleep_always(struct spinlock *lock);

// Wakes a process that sleeps so. The caller holds the lock that the process released.
void wait_wake(struct waiter *waiter);

// Waits in the list until woken. False when the process is killed.
static inline bool wait_on(struct list *list, struct spinlock *lock)
{
    struct waiter *self = wait_self();
    list_append(list, &self->link);
    bool alive = wait_sleep(lock);
    list_remove(&self->link);
    return alive;
}

static inline void wait_on_always(struct list *list, struct spinlock *lock)
{
    struct waiter *self = wait_self();
    list_append(list, &self->link);
    wait_sleep_always(lock);
    list_remove(&self->link);
}

// Wakes all who wait in the list. The lock that guards it is held.
static inline void wait_wake_all(struct list *list)
{
    for (struct list *link; (link = list_take(list));)
        wait_wake(list_entry(link, struct waiter, link));
}
