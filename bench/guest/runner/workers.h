// Processes that work at the same time, each on another hart, for benchmarks of
// several harts.
//
// All are prepared, wait, and get one moment to begin at. Each then spins until that moment,
// so that it has a hart, and works until WORK_CYCLES after it. The operations of all, over the
// time from that moment until the last has ended, are the throughput. A worker exits only when the
// kernel's counters are read, so that its exit is not among their events.
#pragma once

#include "benchmark.h"
#include "kernel/types.h"

#define WORK_CYCLES 40000000

// Their number, and whether all have the pages of one parent.
extern const struct axis worker_harts;
extern const struct axis worker_sharing;

struct work {
    uint64 pages;          // of the heap that the workers get from their parent
    void (*prepare)(void); // in each worker, outside of the time
    // Works until the clock shows `end`, or there is no more work. Returns the operations done.
    uint64 (*run)(uint64 end);
    void (*finish)(void); // in each worker, after all have worked
};

// The most frames that a sample needs: each worker has separate pages, and a child that shares
// them.
uint64 workers_frames(uint64 count, uint64 pages);

// Takes a sample of `count` workers: operations of all, and the time that all together needed. Its
// value late_instructions is how long after the agreed moment the last of them began: a worker is
// late if its hart had no turn by then. A sample in which one had
// ended before another began is SAW_SWITCH.
enum verdict workers_measure(uint64 count, const struct work *work);
