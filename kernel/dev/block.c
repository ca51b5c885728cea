#include "dev/block.h"
#include "lib/wait.h"

static struct spinlock end_lock; // guards the waiters of all requests

static bool is_possible(const struct block_device *device, const struct block_request *request)
{
    if (request->op == BLOCK_FLUSH)
        return true;
    return request->block < device->blocks && !(request->op == BLOCK_WRITE && device->read_only);
}

void block_submit_all(struct block_device *device, struct list *requests)
{
    struct list possible = LIST_EMPTY(possible);
    for (struct list *link; (link = list_take(requests));) {
        struct block_request *request = list_entry(link, struct block_request, link);
        list_init(&request->waiters);
        atomic_store_explicit(&request->status, BLOCK_PENDING, memory_order_relaxed);
        if (is_possible(device, request))
            list_append(&possible, link);
        else
            block_done(request, BLOCK_FAILED);
    }
    device->submit(device, &possible);
}

void block_submit(struct block_device *device, struct block_request *request)
{
    struct list alone = LIST_EMPTY(alone);
    list_append(&alone, &request->link);
    block_submit_all(device, &alone);
}

int block_wait(struct block_request *request)
{
    if (block_status(request) == BLOCK_PENDING) {
        uint64_t flags = spin_lock(&end_lock);
        while (block_status(request) == BLOCK_PENDING)
            wait_on_always(&request->waiters, &end_lock);
        spin_unlock(&end_lock, flags);
    }
    return block_status(request);
}

// The status comes last: who sees it may give the request's memory up at once.
void block_done(struct block_request *request, enum block_status status)
{
    uint64_t flags = spin_lock(&end_lock);
    wait_wake_all(&request->waiters);
    atomic_store_explicit(&request->status, status, memory_order_release);
    spin_unlock(&end_lock, flags);
}

int block_transfer(struct block_device *device, enum block_op op, uint32_t block, void *data)
{
    struct block_request request = {.op = op, .block = block, .data = data};
    block_submit(device, &request);
    return block_wait(&request);
}
