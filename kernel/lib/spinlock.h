// Spinlocks. A holder has interrupts off, so it is never preempted, and a holder waits for
// nothing but other spinlocks. Order of taking: see docs/locks.md.
#pragma once

#include "arch/csr.h"
#include <stdatomic.h>

struct spinlock {
    atomic_uint held; // a word, since the machine has no atomic operations on bytes
};

// For callers that have interrupts off already.
static inline void spin_take(struct spinlock *lock)
{
    while (__builtin_expect(atomic_exchange_explicit(&lock->held, 1, memory_order_acquire), 0))
        while (atomic_load_explicit(&lock->held, memory_order_relaxed))
            ;
}

static inline void spin_release(struct spinlock *lock)
{
    atomic_store_explicit(&lock->held, 0, memory_order_release);
}

// Turns interrupts off and takes the lock; the result goes to spin_unlock().
static inline uint64_t spin_lock(struct spinlock *lock)
{
    uint64_t flags = irq_save();
    spin_take(lock);
    return flags;
}

static inline void spin_unlock(struct spinlock *lock, uint64_t flags)
{
    spin_release(lock);
    irq_restore(flags);
}
