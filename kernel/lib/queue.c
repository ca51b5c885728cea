#include "lib/queue.h"

static struct waiter *join(struct queue *queue, uint64_t wanted)
{
    struct waiter *self = wait_self();
    self->wanted = wanted;
    self->served = false;
    list_append(&queue->waiters, &self->link);
    return self;
}

bool queue_join(struct queue *queue, const struct queue_kind *kind, struct spinlock *lock,
                uint64_t wanted)
{
    struct waiter *self = join(queue, wanted);
    bool alive = true;
    while (alive && !self->served)
        alive = wait_sleep(lock);
    if (alive)
        return true;
    if (self->served)
        kind->give(queue, wanted);
    else
        list_remove(&self->link);
    queue_serve(queue, kind);
    return false;
}

void queue_join_always(struct queue *queue, struct spinlock *lock, uint64_t wanted)
{
    struct waiter *self = join(queue, wanted);
    while (!self->served)
        wait_sleep_always(lock);
}

void queue_serve_waiters(struct queue *queue, const struct queue_kind *kind)
{
    while (!queue_is_empty(queue)) {
        struct waiter *first = list_entry(queue->waiters.next, struct waiter, link);
        if (!kind->take(queue, first->wanted))
            break;
        list_remove(&first->link);
        first->served = true;
        wait_wake(first);
    }
}
