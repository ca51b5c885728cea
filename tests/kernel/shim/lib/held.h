// What stands in for spinlocks where only one thread runs: a lock is never found taken, and finds
// out that it is taken twice, or released by somebody who does not hold it.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct spinlock {
    bool held;
};

static inline void spin_init(struct spinlock *lock)
{
    lock->held = false;
}

static inline void spin_change(struct spinlock *lock, bool from)
{
    if (lock->held != from) {
        fprintf(stderr, "spinlock: %s\n", from ? "released, but not held" : "taken by its holder");
        abort();
    }
    lock->held = !from;
}

static inline uint64_t spin_lock(struct spinlock *lock)
{
    spin_change(lock, false);
    return 0x5a5a;
}

static inline void spin_release(struct spinlock *lock, uint64_t flags)
{
    if (flags != 0x5a5a)
        abort(); // the interrupt state that came from spin_lock() was lost
    spin_change(lock, true);
}
