// Numbers that look random, the same in every run: SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast
// splittable pseudorandom number generators", OOPSLA 2014).
#pragma once

#include "kernel/types.h"

struct random {
    uint64 state; // any seed
};

// 64 random bits.
static inline uint64 random_next(struct random *random)
{
    uint64 mix = random->state += 0x9e3779b97f4a7c15;
    mix = (mix ^ mix >> 30) * 0xbf58476d1ce4e5b9;
    mix = (mix ^ mix >> 27) * 0x94d049bb133111eb;
    return mix ^ mix >> 31;
}

// From 0 to below the limit, which is less than 2^32.
static inline uint64 random_below(struct random *random, uint64 limit)
{
    return (random_next(random) >> 32) * limit >> 32;
}
