// Processes that work at the same time, each on another hart.
//
// All are prepared, wait, and get one moment to begin at. Each then spins until that moment, so
// that it has a hart, and does its work. The region is the probe's shared one (mark.h): from the
// first that begins to the last that is done. The time of the sample is the probe's makespan of it,
// which the host puts in place of the clock's: that counts the instructions of all harts. A worker
// exits only when the kernel's counters are read, so that its exit is not among their events.
#pragma once

#include "benchmark.h"
#include "kernel/types.h"

// The number of workers; whether all have the pages of one parent; and instructions in a turn,
// which are the machine's alone (bench/turns).
extern const struct axis worker_harts;
extern const struct axis worker_sharing;
extern const struct axis worker_quantum;

struct work {
    uint64 pages;          // of the heap that the workers get from their parent
    void (*prepare)(void); // in each worker, outside of the region
    void (*run)(void);
    void (*finish)(void); // in each worker, after all have worked
    uint64 operations;    // of each worker
};

// As sample_align, for the counters of all harts, which get a tick one after the other.
void workers_align(void);

// The most frames that a sample needs: each worker has separate pages, and a child that shares
// them.
uint64 workers_frames(uint64 count, uint64 pages);

// Takes a sample of `count` workers. One in which a worker had ended before another began is
// SAW_SWITCH.
enum verdict workers_measure(uint64 count, const struct work *work);
