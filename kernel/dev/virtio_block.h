// Disks: block devices of virtio (Virtual I/O Device 1.2, section 5.2).
#pragma once

#include "dev/block.h"

// Boot: finds them all, and takes memory for them from frame_boot_alloc(). After plic_init().
void virtio_block_init(void);

// Disk number 0, 1, ... in the order of the addresses of their registers; 0 behind the last.
struct block_device *virtio_block_disk(unsigned number);
