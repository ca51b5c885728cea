// Pseudo-random numbers (Vigna's splitmix64, public domain): the same everywhere for the same seed.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

// 0 to limit - 1.
static inline uint64_t random_below(struct random *random, uint64_t limit)
{
    return random_next(random) % limit;
}

// True in one of so many cases.
static inline bool random_one_in(struct random *random, uint64_t cases)
{
    return random_below(random, cases) == 0;
}
