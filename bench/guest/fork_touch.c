// Measured: a whole cycle: fork, the child writes one word in each of K% of the P heap pages, in
// random order, and exits, the parent's wait returns; with the two context switches in it. So one
// fault that copies for each page that is written, where fork shares, and four instructions a page
// of the loop; where fork has copied already, these alone.
// Not measured: making the order, which lies in the pages; other faults. The child writes no stack
// and no data, and the parent nothing at all: 0% is fork_exit.
//
// The parent goes on after fork, and the child runs when it waits; so each write finds its page
// shared by the two.

#include "chain.h"
#include "sample.h"

static const struct axis pages_axis = {
    .name = "pages",
    .lowest = 1,
    .highest = MAX_HEAP_PAGES,
    .usual = {1024, 4096},
    .count = 2,
};

static enum verdict measure(const uint64 *parameters)
{
    uint64 written = chain_share(parameters[0], parameters[1]);
    chain_make(parameters[0]);
    uint64 free_before = sample_frames_free();
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0) {
        chain_write(written);
        exit(0);
    }
    int reaped = wait(0);
    sample_keep(start, cycles_now(), 1);
    check_cycle(pid, reaped);
    sample_peak(free_before);
    return sample_report();
}

BENCHMARK(21, fork_touch) = {
    .family = "fork_touch",
    .unit = "cycle",
    .axes = {&pages_axis, &touched_percent},
    .samples = 2,
    .switches = 2,
    .measure = measure,
};
