// The block cache: blocks of the disk while they are in memory.
//
// A buffer belongs to one process from buffer_get() to buffer_put(), or to any number of readers
// from buffer_get_shared() to buffer_put_shared(). A process has up to one at a time, so a process
// that waits for a buffer has none, and waiting never forms a circle. The log keeps
// the buffers of the open transaction, at most half of all, or, on a disk that cannot be written,
// those of a commit that it found (log.c).
#pragma once

#include "dev/block.h"
#include "lib/mutex.h"

#define BUFFER_PREFETCH 32 // the most blocks that one buffer_prefetch() reads

struct buffer {
    void *data;         // BLOCK_SIZE bytes, aligned to that
    struct mutex mutex; // guards the data, and valid
    uint32_t block;     // guarded by the cache's lock, as are recent and next
    atomic_uint users;  // holders and waiters; one more when the log keeps it
    bool recent;        // used since the clock's hand passed by
    bool valid;         // the data is the block's
    bool logged;        // a part of the open transaction: log.c's
    struct buffer *next;
    struct block_request request; // of the transfer under way: the log's, or the mutex's holder's
};

// Boot, or a new start: memory for this number of buffers. False: not enough.
bool buffer_init(size_t count);

size_t buffer_count(void);

// The block with its content. 0 if the disk fails.
struct buffer *buffer_get(uint32_t block);

// The same for a caller that changes nothing.
struct buffer *buffer_get_shared(uint32_t block);

// The same as buffer_get() without reading: the caller overwrites the content, all of it.
struct buffer *buffer_get_blank(uint32_t block);

// The block filled with zeroes.
struct buffer *buffer_get_zeroed(uint32_t block);

void buffer_put(struct buffer *buffer);
void buffer_put_shared(struct buffer *buffer);

// Reads the blocks that are not in memory, all at once. Only a hint: blocks without room, or that
// the disk fails to read, are ignored. Blocks 0 are left out. The caller has no buffer.
void buffer_prefetch(const uint32_t *blocks, size_t count);

// For the log: keeps the caller's buffer in memory, and gives it up again.
void buffer_keep(struct buffer *buffer);
void buffer_release(struct buffer *buffer);
