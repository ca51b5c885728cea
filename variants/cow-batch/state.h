// What cow-batch keeps for a space: how many pages the next copying fault takes.
#pragma once

#include "arch/types.h"

struct cow_space {
    vaddr_t next;    // a fault here goes on where the last one ended
    uint64_t window; // pages that the last one looked at
};
