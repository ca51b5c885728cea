// The result of the system call disk_usage().
#pragma once

#include "kernel/types.h"

struct disk_usage {
    uint64 blocks, free_blocks; // of 1,024 bytes; all of the disk, and those free for content
    uint64 inodes, free_inodes;
};
