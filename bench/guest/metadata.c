// Measured: bytes that hold reference counts, while a child shares all P pages of its parent's
// heap, on machines with more and less memory (`memory`, in MiB).
// Not measured: time.

#include "pages.h"
#include "sample.h"

static const struct axis heap_pages = {
    .name = "pages",
    .lowest = 1,
    .highest = 4096, // so that both heaps fit into the smallest machine
    .usual = {1024, 4096},
    .count = 2,
};
static const struct axis memory_axis = {
    .name = "memory",
    .lowest = 64,
    .highest = 4096,
    .usual = {64, 256, 1024, 4096},
    .count = 4,
};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    counters(COUNTERS_RESET, 0);
    int pid = fork();
    if (pid == 0)
        exit(0);
    // The parent goes on after fork: the child is still there, and has not run.
    counters(COUNTERS_SYSTEM, &sample.counters);
    check_fork(pid);
    reap_child(pid);
    return sample_report();
}

BENCHMARK(75, metadata) = {
    .family = "metadata",
    .unit = "bytes",
    .axes = {&heap_pages, &memory_axis},
    .clocks = EXACT_CLOCK,
    .samples = 1,
    .counts_only = true,
    .measure = measure,
};
