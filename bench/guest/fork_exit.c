// Measured: a whole cycle: fork, the child exits, the parent's wait returns; with the two context
// switches in it.
// Not measured: page faults. Neither process writes memory in the region, and wait is not asked
// for the status, which it would write to a page that the parent shares. That the child came to
// its end shows in the counters.

#include "sample.h"

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0)
        exit(0);
    int reaped = wait(0);
    sample_keep(start, cycles_now(), 1);
    check_cycle(pid, reaped);
    return sample_report();
}

BENCHMARK(30, fork_exit) = {
    .family = "fork_exit",
    .unit = "cycle",
    .axes = {&any_pages},
    .switches = 2,
    .measure = measure,
};
