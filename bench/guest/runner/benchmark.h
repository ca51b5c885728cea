// A benchmark: one file with a description and a function that takes one sample. The runner does
// the rest. To add one, add a file: the linker collects the descriptions.
// docs/adding-a-benchmark.md has an example.
#pragma once

#include <stdbool.h>

#include "kernel/types.h"

// How a sample went. Where a child takes the sample, this is its exit status.
enum verdict {
    TAKEN = 0,
    FAILED = 1, // the error has been printed
    SAW_TICK = 2,
    SAW_SWITCH = 3, // more context switches than the benchmark causes
};

enum {
    MAX_AXES = 3,
    MAX_VALUES = 16, // of an axis
};

// A parameter of a benchmark. Each of its values is a separate benchmark in the results, such as
// fork_touch/pages:1024/percent:50. The runner's argument NAME=value,value... replaces the usual
// values; a benchmark leaves out values that are not between its lowest and highest.
//
// An axis named "pages" is the parent's heap: the runner grows it by this number of pages
// before the samples of a benchmark, and writes all of them before each sample. It is the first
// axis. One named "harts" is the number of harts of the machine.
struct axis {
    const char *name;
    uint64 lowest;
    uint64 highest;
    uint64 usual[MAX_VALUES];
    int count; // of usual
};

// Heap sizes of the benchmarks of fork: any number of pages, or at least one.
extern const struct axis any_pages;
extern const struct axis some_pages;

// A value of `switches`: the kernel decides in which order processes wait.
#define ANY_SWITCHES (1ul << 63)

// How the machine differs from the usual one.
struct machine {
    uint64 mebibytes; // of memory; 0: as the user asked
    uint64 processes; // limit of the kernel (its argument procs=); 0: the usual 64
};

struct benchmark {
    const char *family; // its name is this, with "/NAME:value" for each axis
    const char *unit;   // what one operation is

    const struct axis *axes[MAX_AXES]; // 0 after the last one
    struct machine machine;
    uint64 samples;   // 0: from 100 for a small heap to 5 for a large one
    bool counts_only; // samples hold values and no time

    // Context switches of an undisturbed sample: a fixed number, and a number for each unit of the
    // last axis. Samples with more are rejected, and so are those with a tick of the timer in them.
    // On one hart nothing but a tick takes the hart from a process: without one, each switch is by
    // a process that waits or ends.
    uint64 switches;
    uint64 switches_each;
    bool long_samples; // a sample longer than a tick always has ticks, and is not rejected
    bool kills;        // the kernel may kill processes: memory is to run out

    // The most frames that a sample needs, beyond those of the runner with its grown heap. Without
    // them the run is refused. 0: as many as a child with a separate heap.
    uint64 (*frames)(const uint64 *parameters);

    // Takes one sample. The values of the axes are in their order; all heap pages are writable and
    // have just been written.
    enum verdict (*measure)(const uint64 *parameters);
};

// Defines a description. The order has two digits and is the order of running.
#define BENCHMARK(order, family)                                                                   \
    const struct benchmark benchmark_##family                                                      \
        __attribute__((aligned(8), section(".registry." #order "." #family)))

// The description of a benchmark for pages. bench/host/benchmarks.py reads it from the source; the
// program contains none of it. A text has a version per language; a missing one is shown in
// English.
struct text {
    const char *en;
    const char *zh;
};

struct limit {
    const char *variants; // patterns with a space between, or "a / b": the ratio of two variants
    double at_most;       // one of these
    double at_least;
};

struct budget {
    struct text what;
    const char *at;         // its parameters, such as "pages:4096"
    const char *above;      // for a cost per page: the parameters whose time is subtracted
    const char *value;      // in place of the time: a value of the benchmark, for each page
    struct text unit;       // of that
    struct limit limits[8]; // the first that names a variant counts for it
};

struct about {
    const char *name;   // with a letter for each parameter, such as "fork/pages:P"
    const char *figure; // of results/plots, if one shows it
    struct text title;  // what the time covers, in a line
    struct text unit;   // in other languages; in English it is that of BENCHMARK
    struct text region; // where the time begins and ends
    struct text covers; // what is in it, beyond the title
    struct text omits;  // what is not
    struct budget budgets[8];
};

#define ABOUT(family) static const struct about about_##family __attribute__((unused))

// All descriptions, in order.
extern const struct benchmark registry_start[];
extern const struct benchmark registry_end[];
