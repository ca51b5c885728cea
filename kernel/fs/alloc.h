// Which blocks and inodes are free.
#pragma once

#include "fs/log.h"

// Mount: counts what is free. inode_number_used() marks each inode that is in use. 0, or what
// is wrong.
const char *alloc_mount(void);

// The most blocks of the bitmap that an operation changes when it frees or allocates.
uint32_t alloc_bitmap_blocks(void);

// A block for content. The cache may hold anything for it. 0 if there is none, or the disk
// fails. Adds one block to the transaction. The caller has no buffer, as below.
uint32_t block_alloc(struct operation *operation);

// Frees blocks, from the last of the array to the first. Stops if another block of the
// bitmap would leave the operation fewer than `keep` blocks, or if the disk fails, and notes that
// in the operation. Returns how many are left, at the start of the array. Blocks 0 are skipped, and
// so are blocks that cannot be freed or are free already, which is damage.
size_t blocks_free(struct operation *operation, const uint32_t *blocks, size_t count,
                   uint32_t keep);

// The lowest number of a free inode, which is in use from now on; 0 if there is none. Programs rely
// on numbers that stay low.
uint32_t inode_number_alloc(void);
void inode_number_used(uint32_t number);
void inode_number_free(uint32_t number);

uint32_t alloc_free_blocks(void);
uint32_t alloc_free_inodes(void);
