// Measured: fork, until it returns in the parent.
// Not measured: the child, which has not run yet (a new child waits until the parent blocks or
// its tick ends) and exits at once when it does; the page faults of either process.

#include "sample.h"

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 start = sample_start();
    int pid = fork();
    uint64 end = cycles_now();
    if (pid == 0)
        exit(0);
    sample_keep(start, end, 1);
    check_fork(pid);
    reap_child(pid);
    return sample_report();
}

BENCHMARK(20, fork) = {
    .family = "fork",
    .unit = "fork",
    .axes = {&any_pages},
    .measure = measure,
};
