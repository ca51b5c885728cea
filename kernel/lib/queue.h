// Waiting in order for what is handed over: a mutex, a turn, room. Whoever has waited longest gets
// it next.
//
// A queue belongs to a resource, and a spinlock guards both. Three rules:
//
// 1. A process takes the resource itself only where nobody waits. Else it joins the queue's end.
// 2. Whoever makes more of the resource free calls queue_serve() before the lock is free again. It
//    takes for the first waiter what that one wants, if it can be had now, removes it from the
//    queue and wakes it; then for the next one, until one must go on waiting. So a waiter owns the
//    resource before it runs, and nobody comes in between.
// 3. A killed process leaves the queue. If it was served already, it gives the resource back.
// Either
//    way it serves the others then.
//
// It follows that, whenever the lock is free, the first waiter wants what cannot be had. Joining
// keeps this so: either there was a first one before, or the resource has just been found taken.
// Leaving and giving keep it so, since they serve; taking does, since it leaves less. Hence
//
// - no wake-up is lost: as long as somebody waits, somebody else has the resource and will give it;
// - the order is that of joining: the resource is taken for the first waiter alone;
// - each waits for those before it, and no longer: later ones cannot make it wait.
//
// The last needs a resource that comes back: nobody who has it may wait for the same one again.
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
    // Takes what is wanted, as `wanted` says to the resource's owner. False: that cannot be had
    // now.
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

// The parts of the functions below that are seldom needed.
bool queue_join(struct queue *queue, const struct queue_kind *kind, struct spinlock *lock,
                uint64_t wanted);
void queue_join_always(struct queue *queue, struct spinlock *lock, uint64_t wanted);
void queue_serve_waiters(struct queue *queue, const struct queue_kind *kind);

static inline bool queue_try(struct queue *queue, const struct queue_kind *kind, uint64_t wanted)
{
    return queue_is_empty(queue) && kind->take(queue, wanted);
}

// Takes what is wanted, and waits for it where it must. The lock is held, is given up while
// waiting, and is held on return. False when the process is killed: then it has nothing.
static inline bool queue_wait(struct queue *queue, const struct queue_kind *kind,
                              struct spinlock *lock, uint64_t wanted)
{
    return queue_try(queue, kind, wanted) || queue_join(queue, kind, lock, wanted);
}

// The same for what comes back soon whatever else happens: a killed process waits like others, and
// keeps its place.
static inline void queue_wait_always(struct queue *queue, const struct queue_kind *kind,
                                     struct spinlock *lock, uint64_t wanted)
{
    if (!queue_try(queue, kind, wanted))
        queue_join_always(queue, lock, wanted);
}

// Hands over what has become free. The lock is held.
static inline void queue_serve(struct queue *queue, const struct queue_kind *kind)
{
    if (!queue_is_empty(queue))
        queue_serve_waiters(queue, kind);
}
