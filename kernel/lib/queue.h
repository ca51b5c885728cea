// Waiting in order for a resource that is handed over: a mutex, a turn, room. The process that has
// waited longest gets it next.
//
// A queue belongs to a resource, and a spinlock guards both. Three rules:
//
// 1. A process takes the resource directly only if nobody waits. Otherwise it joins the end of the
//    queue.
// 2. A process that frees some of the resource calls queue_serve() before it releases the lock.
//    queue_serve() takes what the first waiter wants, if it is available now, removes the waiter
//    from the queue and wakes it. It goes on with the next waiter, until one must wait. So a waiter
//    owns the resource before it runs, and nobody comes in between.
// 3. A killed process leaves the queue. If it was served already, it gives the resource back.
//    Either way, it then serves the others.
//
// It follows that, whenever the lock is free, the first waiter wants something unavailable. Joining
// preserves this: either there was a first waiter before, or the resource was just found taken.
// Leaving and giving preserve it, since they serve. Taking does, since it leaves less. Hence
//
// - no wake-up is lost: while a process waits, another has the resource and will give it back;
// - the order is that of joining: the resource is taken only for the first waiter;
// - each waits for those before it, and no longer: later ones cannot make it wait.
//
// The last point requires that no holder waits for the same resource again.
#pragma once

#include "lib/wait.h"

struct queue {
    struct list waiters;
};

#define QUEUE_EMPTY(name)                                                                          \
    {                                                                                              \
        LIST_EMPTY((name).waiters)                                                                 \
    }

// What a queue is for. Both functions are called with the lock held.
struct queue_kind {
    // Takes what `wanted` asks of the resource's owner. False: it is not available now.
    bool (*take)(struct queue *queue, uint64_t wanted);
    // Undoes that. Only for queue_wait().
    void (*give)(struct queue *queue, uint64_t wanted);
};

static inline void queue_init(struct queue *queue)
{
    list_init(&queue->waiters);
}

static inline bool queue_is_empty(const struct queue *queue)
{
    return list_empty(&queue->waiters);
}

// Slow paths of the functions below.
bool queue_join(struct queue *queue, const struct queue_kind *kind, struct spinlock *lock,
                uint64_t wanted);
void queue_join_always(struct queue *queue, struct spinlock *lock, uint64_t wanted);
void queue_serve_waiters(struct queue *queue, const struct queue_kind *kind);

static inline bool queue_try(struct queue *queue, const struct queue_kind *kind, uint64_t wanted)
{
    return queue_is_empty(queue) && kind->take(queue, wanted);
}

// Takes what is wanted, and waits if it must. The lock is held on entry and on return, and released
// while waiting. False when the process is killed: then it has nothing.
static inline bool queue_wait(struct queue *queue, const struct queue_kind *kind,
                              struct spinlock *lock, uint64_t wanted)
{
    return queue_try(queue, kind, wanted) || queue_join(queue, kind, lock, wanted);
}

// The same for a resource that always comes back soon: a killed process waits like any other, and
// keeps its place.
static inline void queue_wait_always(struct queue *queue, const struct queue_kind *kind,
                                     struct spinlock *lock, uint64_t wanted)
{
    if (!queue_try(queue, kind, wanted))
        queue_join_always(queue, lock, wanted);
}

// Hands over whatever has become free. The lock is held.
static inline void queue_serve(struct queue *queue, const struct queue_kind *kind)
{
    if (!queue_is_empty(queue))
        queue_serve_waiters(queue, kind);
}
