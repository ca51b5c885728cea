// The content of a file: where its blocks are.
//
// Locked: the inode's lock is held. The caller has no buffer.
#pragma once

#include "fs/inode.h"
#include "fs/log.h"
#include "fs/volume.h"

// The most that content_make() adds to the transaction: blocks of the bitmap for three new blocks,
// two blocks of addresses, the inode.
enum { CONTENT_MAKE_BLOCKS = 3 + 2 + 1 };

// Looks up where blocks first, first + 1 and so on of the content are, all of which lie before its
// end. 0, or -1 if the disk fails or is damaged. Locked.
int content_find(const struct inode *inode, uint32_t first, uint32_t count, uint32_t *blocks);

// The same for one block; short for those listed in the inode.
static inline int content_find_one(const struct inode *inode, uint32_t index, uint32_t *block)
{
    if (index >= FS_DIRECT)
        return content_find(inode, index, 1, block);
    *block = inode->disk.address[index];
    return volume_has(*block) ? 0 : content_find(inode, index, 1, block);
}

// The same for one block, which may be the first after the end. If it is missing, makes one and
// sets *fresh. The cache may hold anything for it, and the caller fills it in the same operation.
// 0, or -1, also if no blocks are left: then nothing has changed. Locked.
int content_make(struct operation *operation, struct inode *inode, uint32_t index, uint32_t *block,
                 bool *fresh);

// Frees all blocks of the content, or as many as fit into the operation, and stores the inode. True
// when all are freed; then the size is 0. If not, no entry may lead to the inode, and the caller
// continues in another operation, unless operation->failed. The inode's block is in the
// transaction. Locked.
bool content_free(struct operation *operation, struct inode *inode);

// Blocks that content_free() needs to do all at once, if there is a log that large.
uint32_t content_free_blocks(void);
