// The write-ahead log: changes to the disk happen completely or not at all.
//
// A change is an *operation*: operation_begin(), then log_write() for each block that it has
// changed in the cache, then operation_end(), which returns when the change will survive a power
// cut. Operations at the same time share a *transaction*, which reaches the disk in one *commit*:
// the blocks are written to the log, then the log's header says so, then they are written to their
// places (*homes*). docs/file-system.md says why each flush is needed.
//
// Order: an operation is begun before any mutex of the file system is taken, and ended when all are
// given back.
#pragma once

#include "fs/buffer.h"
#include "fs/format.h"

struct operation {
    uint32_t left;     // blocks that it may still add to the transaction
    uint32_t reserved; // the value of left at the start
    bool wrote;
    bool failed; // a step that can be repeated in another operation could not read the disk
};

// Boot, or a new start. False: not enough memory.
bool log_init(void);

// Mount: writes a commit that is in the log to its place, and makes the log empty; on a disk that
// cannot be written, the cache has it instead. The volume's device and superblock are known and
// correct. Nobody has a buffer. 0, or what is wrong: then, unless the disk fails, nothing was
// written.
const char *log_recover(void);

// How many blocks an operation may reserve.
uint32_t log_capacity(void);

// Waits until the operation can have this number of blocks, up to log_capacity(). Waiters are
// served in the order in which they came. 0, or -1 if the disk can no longer be written: then there
// is no operation.
int operation_begin(struct operation *operation, uint32_t blocks);

// Adds the caller's buffer to the transaction. One that was in it already takes nothing from
// operation->left, which is not 0 otherwise.
void log_write(struct operation *operation, struct buffer *buffer);

// Waits for the commit, if anything was written. 0, or -1 if the disk failed: then the file
// system is read-only from now on, and the changes are lost when the machine stops.
int operation_end(struct operation *operation);

// Whether nothing can be written: the device does not allow it, or has failed.
bool log_is_read_only(void);
