// Stands in for kernel/lib/spinlock.h: there is one thread.
#pragma once

#include "lib/held.h"

static inline void spin_unlock(struct spinlock *lock, uint64_t flags)
{
    spin_release(lock, flags);
}
