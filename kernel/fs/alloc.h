// Which blocks and inodes are free.
#pragma once

#include "fs/log.h"

// Mount: counts what is free. An inode that is in use is told with inode_number_used(). 0, or what
// is wrong.
const char *alloc_mount(void);

// Blocks of the bitmap: an operation that frees or allocates changes at most so many of them.
uint32_t alloc_bitmap_blocks(void);

// A block for content, of which the cache may hold anything. 0 where there is none, or the disk
// fails. Adds one block to the transaction. The caller has no buffer, as below.
uint32_t block_alloc(struct operation *operation);

// Frees blocks, from the last of the array to the first. It stops where a further block of the
// bitmap would leave the operation fewer than `keep` blocks, or where the disk fails, and says so
// in the operation. How many are left to be freed, the first ones of the array. Blocks 0 are
// skipped; so are those that cannot be freed or are free already, which is damage.
size_t blocks_free(struct operation *operation, const uint32_t *blocks, size_t count,
                   uint32_t keep);

// The lowest number of a free inode, which is in use from now on; 0 where there is none. Programs
// of the interface rely on numbers that stay low.
uint32_t inode_number_alloc(void);
void inode_number_used(uint32_t number);
void inode_number_free(uint32_t number);

uint32_t alloc_free_blocks(void);
uint32_t alloc_free_inodes(void);
