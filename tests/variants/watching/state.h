// What the watching strategy keeps for a space: which of its hooks were called.
#pragma once

#include "arch/types.h"

struct cow_space {
    bool begun;
    bool started; // to run
    uint64_t touches;
};
