// A sample of the wall clock: a batch of regions.
#pragma once

#include <stdbool.h>

// Adds the sample that was taken last to the batch. True when the batch is full: then the sample is
// all of it, without the cost of reading the clock, and the next one begins. Times, operations and
// events are sums; the state of memory and the values of the benchmark are those of the last
// region, the lowest and the peak those of all.
bool batch_add(void);
