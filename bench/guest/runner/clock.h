// The clock of the benchmarks. The runner is built twice: with the exact clock, and with
// -DREAL_TIME.
//
// The exact clock is the hart's cycle counter on a machine of one hart that counts instructions: a
// cycle is an instruction, and each region is a separate sample.
//
// The wall clock is real time, in steps of 100 ns. A sample is a batch: regions are added until it
// has at least BATCH_NANOSECONDS. Nothing is aligned to ticks of the timer, and nothing is rejected
// for a tick or a context switch.
#pragma once

#include <stdbool.h>

#include "kernel/types.h"
#include "mark.h"

#define BATCH_NANOSECONDS 1000000

// The barrier keeps memory accesses on their side of the reading.
#ifdef REAL_TIME
enum { WALL = true, CLOCK_STEP = 100 }; // nanoseconds
static inline uint64 cycles_now(void)
{
    uint64 steps;
    __asm__ volatile("rdtime %0" : "=r"(steps)::"memory");
    return steps;
}
#else
enum { WALL = false, CLOCK_STEP = 1 };
static inline uint64 cycles_now(void)
{
    uint64 cycles;
    __asm__ volatile("rdcycle %0" : "=r"(cycles)::"memory");
    return cycles;
}
#endif

// The readings at the two ends of a region, which the probe finds by their marks (bench/probe). The
// marks are outside of what the readings enclose.
static inline uint64 region_begin(void)
{
    MARK(MARK_BEGIN);
    return cycles_now();
}

static inline uint64 region_end(void)
{
    uint64 now = cycles_now();
    MARK(MARK_END);
    return now;
}
