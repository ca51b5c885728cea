// Measured: cycles of fork, exit of the child and return of the parent's wait, in as many workers
// at once as the machine has harts: the throughput of all of them. With sharing:1 the 256 pages of
// each worker's heap are those of one parent, so that all of them count owners of the same frames;
// with sharing:0 each has pages of its own.
// Not measured: making the first owner's pages read-only, which only a worker's first fork does.
// Measured too: the fault of the parent on its stack, which it writes after each fork; and waiting
// for locks, caches and the scheduler: a child may run on any hart that has nothing to do.

#include "pages.h"
#include "sample.h"
#include "workers.h"

enum { PAGES = 256 };

static void own_pages(void)
{
    heap_write(PAGES);
}

static void keep_pages(void) {}

static uint64 fork_until(uint64 end)
{
    uint64 cycles = 0;
    do {
        int pid = fork();
        if (pid == 0)
            exit(0);
        check_fork(pid);
        wait(0);
        cycles++;
    } while (cycles_now() < end);
    return cycles;
}

static enum verdict measure(const uint64 *parameters)
{
    struct work work = {
        .pages = PAGES,
        .prepare = parameters[1] ? keep_pages : own_pages,
        .run = fork_until,
        .finish = keep_pages,
    };
    return workers_measure(parameters[0], &work);
}

static uint64 frames(const uint64 *parameters)
{
    return workers_frames(parameters[0], PAGES);
}

BENCHMARK(91, smp_fork) = {
    .family = "smp_fork",
    .unit = "cycle",
    .axes = {&worker_harts, &worker_sharing},
    .clocks = WALL_CLOCK,
    .frames = frames,
    .measure = measure,
};
