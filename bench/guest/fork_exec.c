// Measured: fork, the child execs a program of three instructions that exits, the parent's wait
// returns; with the two context switches in it.
// Not measured: a start of the C library in the new program, reading it from a disk (the root is
// a RAM disk), and the parent's page faults, as in fork_exit. The child's call of exec reads its
// arguments from shared pages and writes none.

#include "sample.h"

static char *arguments[] = {"/bench/exit", 0};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0) {
        exec("/bench/exit", arguments);
        exit(FAILED);
    }
    int reaped = wait(0);
    sample_keep(start, cycles_now(), 1);
    check_cycle(pid, reaped);
    check_exec("/bench/exit");
    return sample_report();
}

BENCHMARK(40, fork_exec) = {
    .family = "fork_exec",
    .unit = "cycle",
    .axes = {&any_pages},
    .switches = 2,
    .measure = measure,
};
