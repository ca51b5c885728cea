// Random numbers as the benchmarks draw them: the same everywhere for the same seed.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "random.h"

// True in one of so many cases.
static inline bool random_one_in(struct random *random, uint64_t cases)
{
    return random_below(random, cases) == 0;
}
