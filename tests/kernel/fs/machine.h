// What the kernel's file system stands on: memory, the console, user memory; and an empty disk.
#pragma once

#include "fs/format.h"
#include "mm/user_access.h"
#include "random.h"

struct shape {
    uint32_t blocks, inodes, log_blocks;
};

// Makes an empty file system: a root directory.
void format(uint8_t *image, const struct shape *shape);

// Sets the file system up anew, as a boot does, with so many processes; memory of earlier boots is
// given back. Aborts where that fails.
void boot(uint64_t frames, uint64_t procs);
void shut_down(void);

// The lines that the kernel has printed since the last call of this; only how many.
unsigned lines_printed(void);
void show_lines(bool show);

// The user's memory: this range and nothing else.
void set_user_memory(const void *begin, uint64_t size);

// A copy of the disk with the log written to its place; the same memory with every call.
uint8_t *replayed(const uint8_t *image, uint64_t size);

// Checks the disk as tools/fsck does. What is said goes to standard error with show. How many
// faults.
unsigned faults_on(const uint8_t *image, uint64_t size, bool show, unsigned *notes);
