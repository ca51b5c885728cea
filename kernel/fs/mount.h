// The file system as a whole.
#pragma once

#include "dev/block.h"
#include "kernel/disk.h"

// Boot: memory for the block cache and the inodes, by the size of memory. False: not enough.
bool fs_init(uint64_t frames, uint64_t procs);

// Takes the file system on the device into use: checks it, and finishes what a power cut left in
// the log. In the context of a process. 0, or what is wrong.
const char *fs_mount(struct block_device *device);

// Sizes, and what is free.
void fs_usage(struct disk_usage *usage);
