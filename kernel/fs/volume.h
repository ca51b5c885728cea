// The mounted file system: its device and its superblock. mount.c sets them before anyone else uses
// the file system; then they stay.
#pragma once

#include "dev/block.h"
#include "fs/format.h"

struct volume {
    struct block_device *device; // 0: nothing is mounted
    struct fs_super super;
};

extern struct volume volume;

// Whether a block may hold content or addresses: false for one that damage has led to.
static inline bool volume_has(uint32_t block)
{
    return block >= volume.super.data_start && block < volume.super.blocks;
}

// Reports on the console what is wrong on the disk, and where: a block, an inode or the like. Only
// the first few times.
void volume_damaged(const char *what, uint64_t number);
