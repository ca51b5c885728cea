#include "lib/mutex.h"

// Who waits says so in the state first, under the guard; so who unlocks either finds that, and
// wakes, or was earlier, and the exchange here takes the mutex. A taker that has waited leaves the
// state at "waited for", since it cannot know whether others still do.
void mutex_lock_contended(struct mutex *mutex)
{
    uint64_t flags = spin_lock(&mutex->guard);
    while (atomic_exchange_explicit(&mutex->state, MUTEX_WAITED_FOR, memory_order_acquire) !=
           MUTEX_FREE)
        wait_on_always(&mutex->waiters, &mutex->guard);
    spin_unlock(&mutex->guard, flags);
}

void mutex_unlock_contended(struct mutex *mutex)
{
    uint64_t flags = spin_lock(&mutex->guard);
    wait_wake_first(&mutex->waiters);
    spin_unlock(&mutex->guard, flags);
}
