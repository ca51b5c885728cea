#include "lib/spinlock.h"

// How often a hart looks at a lock before it gets into the line: for some milliseconds, since the
// line is a cure for starving alone, and slow where harts are not always run (tests wait less).
#ifndef PATIENCE
#define PATIENCE (1 << 20)
#endif

// Sets SPIN_HELD. True: the lock is the caller's. Found reserved, it is given back.
static bool try(struct spinlock *lock)
{
    unsigned long before = atomic_fetch_or_explicit(&lock->state, SPIN_HELD, memory_order_acquire);
    if (before == SPIN_RESERVED)
        spin_release(lock);
    return before == 0;
}

static unsigned long look(struct spinlock *lock)
{
    spin_pause();
    return atomic_load_explicit(&lock->state, memory_order_relaxed);
}

// At the front of the line the lock is reserved, and only others who try it without a look can be
// in the way: each does so once and looks from then on, since it cannot have the lock before.
static void take_in_turn(struct spinlock *lock)
{
    unsigned ticket = atomic_fetch_add_explicit(&lock->line_end, 1, memory_order_relaxed);
    while (atomic_load_explicit(&lock->line_front, memory_order_relaxed) != ticket)
        spin_pause();
    atomic_fetch_or_explicit(&lock->state, SPIN_RESERVED, memory_order_relaxed);
    do {
        while (look(lock) & SPIN_HELD)
            ;
    } while (atomic_fetch_or_explicit(&lock->state, SPIN_HELD, memory_order_acquire) & SPIN_HELD);
    atomic_fetch_and_explicit(&lock->state, ~(unsigned long)SPIN_RESERVED, memory_order_relaxed);
    atomic_store_explicit(&lock->line_front, ticket + 1, memory_order_release);
}

void spin_take_contended(struct spinlock *lock, unsigned long before)
{
    if (before == SPIN_RESERVED)
        spin_release(lock);
    for (int looks = 0; looks < PATIENCE; looks++) {
        if (look(lock) == 0 && try(lock))
            return;
    }
    take_in_turn(lock);
}
