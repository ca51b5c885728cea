// Disks: block devices of virtio (Virtual I/O Device 1.2, section 5.2).
//
// A disk that breaks the rules, asks to be reset, or leaves a request unanswered for a minute is
// given up: it is reset, and all its requests fail from then on.
#pragma once

#include "dev/block.h"

// Boot: finds them all, and takes memory for them from frame_boot_alloc(). After plic_init().
void virtio_block_init(void);

// At each tick, on one hart: gives up a disk that has not answered for too long. Interrupts are
// off.
void virtio_block_tick(void);

// Disk number 0, 1, ... in the order of the addresses of their registers; 0 after the last.
struct block_device *virtio_block_disk(unsigned number);
