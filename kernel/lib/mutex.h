// Mutexes: locks whose holder may sleep. Interrupts are on, and no spinlock is held, where one is
// taken. A process that is killed waits for a mutex as others do. Order of taking: docs/locks.md.
#pragma once

#include "lib/wait.h"

struct mutex {
    atomic_uint state;     // MUTEX_FREE, or held, and perhaps waited for
    struct spinlock guard; // of waiters
    struct list waiters;
};

enum { MUTEX_FREE, MUTEX_HELD, MUTEX_WAITED_FOR };

static inline void mutex_init(struct mutex *mutex)
{
    mutex->state = MUTEX_FREE;
    spin_init(&mutex->guard);
    list_init(&mutex->waiters);
}

void mutex_lock_contended(struct mutex *mutex);
void mutex_unlock_contended(struct mutex *mutex);

static inline bool mutex_try(struct mutex *mutex)
{
    unsigned free = MUTEX_FREE;
    return atomic_compare_exchange_strong_explicit(&mutex->state, &free, MUTEX_HELD,
                                                   memory_order_acquire, memory_order_relaxed);
}

static inline void mutex_lock(struct mutex *mutex)
{
    if (__builtin_expect(!mutex_try(mutex), 0))
        mutex_lock_contended(mutex);
}

static inline void mutex_unlock(struct mutex *mutex)
{
    if (__builtin_expect(atomic_exchange_explicit(&mutex->state, MUTEX_FREE,
                                                  memory_order_release) == MUTEX_WAITED_FOR,
                         0))
        mutex_unlock_contended(mutex);
}
