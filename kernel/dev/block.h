// Block devices: disks, and the RAM disk, behind one interface.
//
// Any number of submitted requests may be in progress at once, and they may end in any order. A
// write survives a power cut once a flush has ended that was submitted after the end of the write.
#pragma once

#include "arch/types.h"
#include "lib/list.h"
#include <stdatomic.h>

#define BLOCK_SIZE 1024

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH };
enum block_status { BLOCK_PENDING = 1, BLOCK_OK = 0, BLOCK_FAILED = -1 };

struct block_request {
    enum block_op op;
    uint32_t block; // number of the block; with BLOCK_FLUSH unused
    void *data; // BLOCK_SIZE bytes in the direct map, aligned to that; owned by the driver until
                // the end
    _Atomic enum block_status status;
    struct list waiters; // for the end; guarded by block.c's lock
    struct list link; // of requests that are submitted together; then the driver's, until the end
};

struct block_device {
    const char *name;
    uint64_t blocks; // how many of BLOCK_SIZE
    bool read_only;  // writes fail
    // Takes over the requests, by their links, leaves the list empty, and returns soon.
    // block_done() ends each request, before or after that.
    void (*submit)(struct block_device *device, struct list *requests);
};

// Starts a request whose op, block and data are set. A block beyond the device fails, and so does a
// write to a device that is read-only.
void block_submit(struct block_device *device, struct block_request *request);

// The same for a list of requests, by their links, which is empty afterwards. A disk is notified
// once for all of them, which takes half the time or less.
void block_submit_all(struct block_device *device, struct list *requests);

// Whether a submitted request has ended, and how. Once it has, nobody else uses it.
static inline enum block_status block_status(const struct block_request *request)
{
    return atomic_load_explicit(&request->status, memory_order_acquire);
}

// Sleeps until the request has ended. 0, or -1 when it failed.
int block_wait(struct block_request *request);

// For drivers, in any context: the request has ended.
void block_done(struct block_request *request, enum block_status status);

// Starts a request and waits for its end.
int block_transfer(struct block_device *device, enum block_op op, uint32_t block, void *data);
