// Mutexes: locks whose holder may sleep. One process holds a mutex alone, or any number share it,
// to read what it guards. To take one, interrupts must be on and no spinlock held.
//
// Waiters are served in the order in which they came (lib/queue.h). A process that shares waits
// behind earlier ones that want the mutex alone, so neither kind can keep the other out. A killed
// process waits for a mutex like any other: no longer than those before it hold it. Order of
// taking: docs/locks.md.
#pragma once

#include "lib/queue.h"

struct mutex {
    atomic_uint state;     // who holds it, and whether it is waited for
    struct spinlock guard; // of the queue
    struct queue queue;    // what is wanted is MUTEX_ALONE or MUTEX_SHARE
};

// The state is a sum.
enum {
    MUTEX_FREE = 0,
    MUTEX_WAITED_FOR = 1, // only with the guard can it be taken
    MUTEX_ALONE = 2,
    MUTEX_SHARE = 4, // once for each of those who share it
};

#define MUTEX_INITIAL(name)                                                                        \
    {                                                                                              \
        .queue = QUEUE_EMPTY((name).queue)                                                         \
    }

static inline void mutex_init(struct mutex *mutex)
{
    mutex->state = MUTEX_FREE;
    spin_init(&mutex->guard);
    queue_init(&mutex->queue);
}

// Slow paths of the functions below: others have the mutex or wait for it.
void mutex_lock_contended(struct mutex *mutex, unsigned wanted);
void mutex_unlock_contended(struct mutex *mutex);

static inline bool mutex_take_free(struct mutex *mutex, unsigned wanted)
{
    unsigned free = MUTEX_FREE;
    return atomic_compare_exchange_strong_explicit(&mutex->state, &free, wanted,
                                                   memory_order_acquire, memory_order_relaxed);
}

static inline void mutex_leave(struct mutex *mutex, unsigned held)
{
    unsigned before = atomic_fetch_sub_explicit(&mutex->state, held, memory_order_release);
    if (__builtin_expect(before & MUTEX_WAITED_FOR, 0))
        mutex_unlock_contended(mutex);
}

// Takes the mutex alone, if it is free.
static inline bool mutex_try(struct mutex *mutex)
{
    return mutex_take_free(mutex, MUTEX_ALONE);
}

static inline void mutex_lock(struct mutex *mutex)
{
    if (__builtin_expect(!mutex_take_free(mutex, MUTEX_ALONE), 0))
        mutex_lock_contended(mutex, MUTEX_ALONE);
}

static inline void mutex_unlock(struct mutex *mutex)
{
    mutex_leave(mutex, MUTEX_ALONE);
}

static inline void mutex_lock_shared(struct mutex *mutex)
{
    if (__builtin_expect(!mutex_take_free(mutex, MUTEX_SHARE), 0))
        mutex_lock_contended(mutex, MUTEX_SHARE);
}

static inline void mutex_unlock_shared(struct mutex *mutex)
{
    mutex_leave(mutex, MUTEX_SHARE);
}
