// A benchmark: one file with a description and a function that takes one sample. The runner does
// the rest. To add one, add a file: the linker collects the descriptions.
#pragma once

#include <stdbool.h>

#include "kernel/types.h"

// How a sample went. Where a child takes the sample, this is its exit status.
enum verdict {
    TAKEN = 0,
    FAILED = 1, // the error is printed already
    SAW_TICK = 2,
    SAW_SWITCH = 3, // more context switches than the benchmark has by itself
};

// Heap pages that the parent has written before a sample.
enum heap_use {
    NO_HEAP,    // not a parameter
    ANY_HEAP,   // any number, 0 too
    SOME_PAGES, // at least one
};

struct benchmark {
    const char *family; // its name is this, and "/pages:P" where the heap is a parameter
    const char *unit;   // what one operation is
    const char *covers; // what is measured, for the reader of the results
    enum heap_use heap;
    bool counts_only; // samples hold numbers of frames and no time
    uint64 switches;  // context switches of an undisturbed sample

    // Takes one sample with `pages` heap pages, all of them writable and written just now.
    enum verdict (*measure)(uint64 pages);
};

// Defines a description. The order has two digits and is the order of running.
#define BENCHMARK(order, family)                                                                   \
    const struct benchmark benchmark_##family                                                      \
        __attribute__((aligned(8), section(".registry." #order "." #family)))

// All descriptions, in order.
extern const struct benchmark registry_start[];
extern const struct benchmark registry_end[];
