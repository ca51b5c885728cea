// Stands in for kernel/lib/spinlock.h: there is one thread, so a lock is never found taken.
#pragma once

#include <stdatomic.h> // which headers of the kernel take from here
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct spinlock {
    bool held;
};

static inline void spin_take(struct spinlock *lock)
{
    if (lock->held)
        abort();
    lock->held = true;
}

static inline void spin_release(struct spinlock *lock)
{
    if (!lock->held)
        abort();
    lock->held = false;
}

static inline uint64_t spin_lock(struct spinlock *lock)
{
    spin_take(lock);
    return 0;
}

static inline void spin_unlock(struct spinlock *lock, uint64_t flags)
{
    (void)flags;
    spin_release(lock);
}
