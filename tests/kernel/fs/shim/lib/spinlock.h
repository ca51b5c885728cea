// Stands in for kernel/lib/spinlock.h: processes change only where one waits, or, at random, where
// a lock is released (processes.c).
#pragma once

#include <stdatomic.h> // which headers of the kernel take from here

#include "lib/held.h"

void spin_released(void); // where another process may go on

static inline void spin_unlock(struct spinlock *lock, uint64_t flags)
{
    spin_release(lock, flags);
    spin_released();
}
