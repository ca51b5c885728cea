// Measured: the child writes one byte in each of P heap pages, which the parent still shares; so
// one fault that copies a page per page where fork shares, and nothing but three instructions a
// page where fork has copied already.
// Not measured: fork, and the faults on the child's own stack and data, which it takes before.
//
// The child takes the sample and prints it: its memory is its own from the fork on, so that only
// its exit status, the verdict, gets back to the parent.

#include "pages.h"
#include "sample.h"

static enum verdict measure_child(uint64 pages)
{
    uint64 start = sample_start();
    heap_write(pages);
    sample_keep(start, cycles_now(), pages);
    return sample_report();
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 pages = parameters[0];
    int pid = fork();
    check_fork(pid);
    if (pid == 0)
        exit(measure_child(pages));
    return reap_child(pid);
}

BENCHMARK(50, write_copy) = {
    .family = "write_copy",
    .unit = "page",
    .axes = {&some_pages},
    .measure = measure,
};
