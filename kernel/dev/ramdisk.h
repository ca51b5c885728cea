// The RAM disk: the initial image that the firmware's loader put into memory.
#pragma once

#include "dev/block.h"

struct ramdisk {
    paddr_t begin, end; // equal: there is none
};

// From the devicetree's /chosen.
struct ramdisk ramdisk_find(void);

// Boot: the RAM disk as a block device, whose requests end before block_submit() returns. Bytes
// after the last whole block are left out. 0 if there is none that the kernel can map.
struct block_device *ramdisk_device(const struct ramdisk *disk);
