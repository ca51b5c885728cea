#include "lib/mutex.h"

// Called where MUTEX_WAITED_FOR is set: meanwhile others can give the mutex up, but not take it.
static bool take(struct queue *queue, uint64_t wanted)
{
    struct mutex *mutex = list_entry(queue, struct mutex, queue);
    unsigned excluded = wanted == MUTEX_ALONE ? ~MUTEX_WAITED_FOR : MUTEX_ALONE;
    if (atomic_load_explicit(&mutex->state, memory_order_relaxed) & excluded)
        return false;
    atomic_fetch_add_explicit(&mutex->state, wanted, memory_order_acquire);
    return true;
}

static const struct queue_kind kind = {.take = take};

// Before the guard is released: the mutex can be taken without it again where nobody waits.
static void settle(struct mutex *mutex)
{
    if (queue_is_empty(&mutex->queue))
        atomic_fetch_and_explicit(&mutex->state, ~MUTEX_WAITED_FOR, memory_order_relaxed);
}

// Joins others who share the mutex, unless somebody waits for it.
static bool join_sharers(struct mutex *mutex)
{
    unsigned state = atomic_load_explicit(&mutex->state, memory_order_relaxed);
    while (!(state & (MUTEX_ALONE | MUTEX_WAITED_FOR))) {
        if (atomic_compare_exchange_weak_explicit(&mutex->state, &state, state + MUTEX_SHARE,
                                                  memory_order_acquire, memory_order_relaxed))
            return true;
    }
    return false;
}

// Who waits says so in the state first. So whoever gives the mutex up either finds that, and serves
// the queue, for which it needs the guard; or it was earlier, and is not found in the state here.
void mutex_lock_contended(struct mutex *mutex, unsigned wanted)
{
    if (wanted == MUTEX_SHARE && join_sharers(mutex))
        return;
    uint64_t flags = spin_lock(&mutex->guard);
    atomic_fetch_or_explicit(&mutex->state, MUTEX_WAITED_FOR, memory_order_relaxed);
    queue_wait_always(&mutex->queue, &kind, &mutex->guard, wanted);
    settle(mutex);
    spin_unlock(&mutex->guard, flags);
}

void mutex_unlock_contended(struct mutex *mutex)
{
    uint64_t flags = spin_lock(&mutex->guard);
    queue_serve(&mutex->queue, &kind);
    settle(mutex);
    spin_unlock(&mutex->guard, flags);
}
