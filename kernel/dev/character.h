// Character devices: what a device node of the file system leads to, by its major number.
#pragma once

#include "mm/user_access.h"

enum { MAJOR_CONSOLE = 1, MAJOR_LIMIT = 10 };

struct character_device {
    // Bytes moved, 0 at the end of the input; -1 where the place cannot be reached, or the
    // process is killed while it waits. May sleep.
    int64_t (*read)(struct place to, uint64_t size);
    int64_t (*write)(struct place from, uint64_t size);
};

void character_register(unsigned major, const struct character_device *device);

// The device of that number; 0 where there is none.
const struct character_device *character_device(unsigned major);
