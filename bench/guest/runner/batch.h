// A sample of the wall clock: a batch of regions.
#pragma once

#include <stdbool.h>

// Adds the last sample to the batch. True when the batch is full: then the sample is the whole
// batch, without the cost of reading the clock, and the next batch begins. Times, operations and
// events are sums. The state of memory and the values of the benchmark are those of the last
// region; the lowest and the peak values are those of all.
bool batch_add(void);
