// The root of the file system: a cpio archive on the RAM disk, read-only ("newc" format: the
// magic 070701, fields of 8 hexadecimal digits, names and data padded to 4 bytes).
#pragma once

#include "arch/types.h"

struct file {
    const void *data;
    uint64_t size;
};

// Checks the archive from begin to end and makes its index. Returns 0, or what is wrong with it.
const char *archive_init(paddr_t begin, paddr_t end);

// A regular file by its absolute path. False where there is none.
bool archive_find(const char *path, struct file *file);
