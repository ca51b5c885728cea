// Character devices: the targets of device nodes in the file system, by major number.
#pragma once

#include "mm/user_access.h"

enum { MAJOR_CONSOLE = 1, MAJOR_LIMIT = 10 };

struct character_device {
    // Returns the bytes moved, 0 at the end of the input, or -1 if the place is inaccessible or the
    // process is killed while it waits. May sleep.
    int64_t (*read)(struct place to, uint64_t size);
    int64_t (*write)(struct place from, uint64_t size);
};

void character_register(unsigned major, const struct character_device *device);

// The device with this number; 0 if there is none.
const struct character_device *character_device(unsigned major);
