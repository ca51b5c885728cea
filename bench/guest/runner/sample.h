// One sample: the clock and the kernel's counters over a region of code.
//
//     uint64 start = sample_start();
//     ... the region ...
//     sample_keep(start, region_end(), 1);
//     return sample_report();
//
// The clock is that of clock.h. The two readings of it stand directly around the region; the
// counters are reset before the first and read after the second, outside of the time. No sample
// code between them writes memory: after a fork every write to the stack or to data may be a page
// fault.
//
// Any process may take the sample. It reaches the runner, which prints it, through a pipe.
#pragma once

#include <stdbool.h>

#include "benchmark.h"
#include "clock.h"
#include "user/cowshed.h"
#include "kernel/types.h"
#include "user/user.h"

#define MAX_SAMPLE_VALUES 16

// A number that a benchmark gives beside the time, or in place of one. The words of its name tell
// its unit: frames, bytes, pages, instructions, ...
struct value {
    const char *name; // a literal of this program
    uint64 value;
};

struct sample {
    uint64 cycles; // without the cost of reading the clock
    uint64 operations;
    uint64 value_count;
    struct value values[MAX_SAMPLE_VALUES];
    struct counters counters; // events of the region; memory as it was at its end
};

// The sample being taken.
extern struct sample sample;

// The difference between two readings with nothing in between, measured by the first call.
uint64 sample_timer_overhead(void);

// The time between two readings, without the cost of reading the clock.
uint64 sample_time(uint64 start, uint64 end);

// Opens the pipe from the process that takes a sample to the runner.
void sample_open(void);

// The runner announces the benchmark of the next sample, and how many context switches it causes.
void sample_prepare(const struct benchmark *benchmark, const char *name, uint64 switches);

// The runner receives the data that sample_report has sent.
void sample_receive(void);

// Makes stack and data pages private, waits for the next tick and resets the counters.
void sample_align(void);

// The part of sample_keep that can wait.
void sample_store(uint64 cycles, uint64 operations);

static inline uint64 sample_start(void)
{
    sample_align();
    return region_begin();
}

// Keeps a region's values. Inline, because a call would write to the stack before the counters
// are read, and so could add a page fault to them.
static inline void sample_keep(uint64 start, uint64 end, uint64 operations)
{
    if (counters(COUNTERS_SYSTEM, &sample.counters) < 0)
        exit(FAILED);
    sample_store(end - start, operations);
}

// The number of free frames. Overwrites the sample's counters.
uint64 sample_frames_free(void);

// Gives a number beside the time. Only outside of the region, since it writes memory.
void sample_value(const char *name, uint64 value);

// Gives "frames_peak": the highest number of frames in use, beyond those before.
void sample_peak(uint64 free_before);

// Judges the sample, and sends it if it is good.
enum verdict sample_report(void);

// Adds the fields of the sample to the record that is open. A benchmark that only counts has no
// time.
void sample_emit(bool timed);

// Fails the run if pid says that fork failed.
void check_fork(int pid);

// Fails the run unless these are the results of a successful fork and wait.
void check_cycle(int pid, int reaped);

// Fails the run unless the region had a successful exec of this program.
void check_exec(const char *path);

// Waits for this child. Returns its exit status, 0 or greater.
int reap_child(int pid);
