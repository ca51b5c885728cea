// Measured: fork, the child execs a small program in C, which runs from the start of the library to
// its exit, the parent's wait returns; with the two context switches in it. The parent has P heap
// pages, none of which anybody needs again: what a shell or a server does that starts a program.
// Not measured: reading the program from a disk (the root is a RAM disk); page faults: the child
// writes nothing before its exec.

#include "pages.h"
#include "sample.h"

static const struct axis pages_axis = {
    .name = "pages",
    .lowest = 0,
    .highest = MAX_HEAP_PAGES,
    .usual = {0, 256, 4096, 16384},
    .count = 4,
};

static char *arguments[] = {"/bench/small", "two", "words", 0};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 free_before = sample_frames_free();
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0) {
        exec(arguments[0], arguments);
        exit(FAILED);
    }
    int reaped = wait(0);
    sample_keep(start, cycles_now(), 1);
    check_cycle(pid, reaped);
    check_exec("/bench/small");
    sample_peak(free_before);
    return sample_report();
}

BENCHMARK(42, spawn_small) = {
    .family = "spawn_small",
    .unit = "cycle",
    .axes = {&pages_axis},
    .samples = 5,
    .switches = 2,
    .measure = measure,
};
