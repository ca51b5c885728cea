// The RAM disk: the initial image that the firmware's loader put into memory.
#pragma once

#include "arch/types.h"

struct ramdisk {
    paddr_t begin, end; // equal: there is none
};

// From the devicetree's /chosen.
struct ramdisk ramdisk_find(void);
