// What the system call disk_usage() tells.
#pragma once

#include "kernel/types.h"

struct disk_usage {
    uint64 blocks, free_blocks; // of 1,024 bytes; all of the disk, and those free for content
    uint64 inodes, free_inodes;
};
