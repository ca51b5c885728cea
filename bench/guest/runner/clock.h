// The clock of the benchmarks: the hart's cycle counter on a machine that counts instructions. A
// cycle is an instruction.
#pragma once

#include "kernel/types.h"
#include "mark.h"

// The barrier keeps memory accesses on their side of the reading.
static inline uint64 cycles_now(void)
{
    uint64 cycles;
    __asm__ volatile("rdcycle %0" : "=r"(cycles)::"memory");
    return cycles;
}

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
