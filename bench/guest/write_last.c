// Measured: the parent writes one byte in each of P heap pages that it shared with a child, which
// is gone; so one fault by the last owner per page where fork shares.
// Not measured: fork, the child's exit, and the faults on stack and data.

#include "pages.h"
#include "sample.h"

static enum verdict measure(const uint64 *parameters)
{
    uint64 pages = parameters[0];
    int pid = fork();
    check_fork(pid);
    if (pid == 0)
        exit(0);
    reap_child(pid);
    uint64 start = sample_start();
    heap_write(pages);
    sample_keep(start, cycles_now(), pages);
    return sample_report();
}

BENCHMARK(60, write_last) = {
    .family = "write_last",
    .unit = "page",
    .axes = {&some_pages},
    .measure = measure,
};
