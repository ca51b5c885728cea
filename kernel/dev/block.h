// Block devices: disks, and the RAM disk, behind one interface.
//
// A request is submitted and goes its way; any number may be under way at once, and they may end
// in any order. What a write or an earlier write has stored survives a power cut once a flush
// that was submitted after the write's end has ended.
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
    void *data; // BLOCK_SIZE bytes in the direct map, aligned to that, the driver's until the end
    _Atomic enum block_status status;
    struct list waiters;     // who waits for the end; guarded by block.c's lock
    struct list driver_link; // the driver's, until the end
};

struct block_device {
    const char *name;
    uint64_t blocks; // how many of BLOCK_SIZE
    // Takes the request over and returns soon; block_done() ends it, before or after that.
    void (*submit)(struct block_device *device, struct block_request *request);
};

// Starts a request whose op, block and data are set. A block beyond the device fails.
void block_submit(struct block_device *device, struct block_request *request);

// Sleeps until the request has ended. 0, or -1 when it failed.
int block_wait(struct block_request *request);

// For drivers, in any context: the request has ended.
void block_done(struct block_request *request, enum block_status status);

// Both: start and wait.
int block_transfer(struct block_device *device, enum block_op op, uint32_t block, void *data);
