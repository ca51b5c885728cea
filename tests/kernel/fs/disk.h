// A disk with a cache that forgets: what was not flushed is lost in a power cut, or is not, each
// sector for itself.
#pragma once

#include "dev/block.h"
#include "random.h"

enum { SECTOR_SIZE = 512 };

// A disk of so many blocks; returns what it starts with, to be filled in.
uint8_t *disk_new(uint64_t blocks);
void disk_free(void);

struct block_device *disk_device(void);

// Power goes off before that many further writes have come to their end, or from then on at a write
// to this block, if it is not 0. 0 writes: never.
void disk_cut_after(uint64_t writes, uint32_t block);

// Of transfers, one in so many fails; 0: none.
void disk_fail_one_in(uint64_t reads, uint64_t writes);

// Ends one transfer, if any is under way. For run_processes().
void disk_use_random(struct random *random);
bool disk_end_one(void);

// After a cut, or at the end: what is found on the disk, and so the disk goes on with.
uint8_t *disk_after_cut(void);

// The same without a cut: all that was written.
const uint8_t *disk_content(void);

uint64_t disk_writes(void); // that came to their end since disk_new()
uint64_t disk_flushes(void);
