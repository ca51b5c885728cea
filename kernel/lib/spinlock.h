// Spinlocks. A holder has interrupts off, so it is never preempted, and waits for nothing
// but other spinlocks. Order of taking: see docs/locks.md.
//
// A free lock goes to the hart that comes first, whether it has waited or not. A hart that has
// tried in vain for long joins a line, and the front of the line reserves the lock: once released,
// nobody else gets it. So no hart waits forever. Normally no hart waits for another one that the
// host is not running, as it would in a line that every hart joins.
#pragma once

#include "arch/csr.h"
#include <stdatomic.h>

enum { SPIN_HELD = 1, SPIN_RESERVED = 2 };

// All zeroes: free.
struct spinlock {
    atomic_ulong state;   // SPIN_HELD and SPIN_RESERVED; 64 bits cost an instruction less than 32
    atomic_uint line_end; // tickets: the next one to hand out, and that of the line's front
    atomic_uint line_front;
};

// before: the state, in which the caller has set SPIN_HELD. The lock is the caller's on return.
void spin_take_contended(struct spinlock *lock, unsigned long before);

// The same, out of line for callers that rarely need it (arch/spin_take.S).
static inline void spin_take_out_of_line(struct spinlock *lock, unsigned long before)
{
#ifdef __riscv
    register struct spinlock *t5 __asm__("t5") = lock;
    register unsigned long t6 __asm__("t6") = before;
    __asm__ volatile("call t0, spin_take_out_of_line" : "+r"(t5), "+r"(t6)::"t0", "memory");
#else
    spin_take_contended(lock, before);
#endif
}

static inline void spin_init(struct spinlock *lock)
{
    *lock = (struct spinlock){0};
}

// For callers that already have interrupts off.
static inline void spin_take(struct spinlock *lock)
{
    unsigned long before = atomic_fetch_or_explicit(&lock->state, SPIN_HELD, memory_order_acquire);
    if (__builtin_expect(before, 0))
        spin_take_out_of_line(lock, before);
}

static inline void spin_release(struct spinlock *lock)
{
    atomic_fetch_and_explicit(&lock->state, ~(unsigned long)SPIN_HELD, memory_order_release);
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
