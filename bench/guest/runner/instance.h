// A benchmark with a value for each of its axes.
#pragma once

#include "benchmark.h"
#include "options.h"

struct instance {
    const struct benchmark *benchmark;
    uint64 parameters[MAX_AXES];
    char name[64];
};

// Calls visit for each selected benchmark, in order. Returns their number. Fails the run if a
// requested pattern or value selects none.
uint64 each_instance(struct options *options, void (*visit)(const struct instance *));

// Pages of the parent's heap.
uint64 instance_pages(const struct instance *instance);

// Context switches of an undisturbed sample.
uint64 instance_switches(const struct instance *instance);

// The most frames that it needs, the heap of the runner included.
uint64 instance_frames(const struct instance *instance);

// Adds name, family and parameters to the record that is open.
void instance_emit(const struct instance *instance);
