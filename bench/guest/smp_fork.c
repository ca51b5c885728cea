// With sharing:1 the 256 pages of each worker's heap are those of one parent, so all of them count
// owners of the same frames. A worker's first fork makes pages read-only; the later ones find them
// so. A child may run on any hart that has nothing to do.

#include "pages.h"
#include "sample.h"
#include "workers.h"

ABOUT(smp_fork) = {
    .name = "smp_fork/harts:H/sharing:S",
    .title = {.en = "fork, exit of the child, return of wait, in H processes at once, each on a "
                    "hart; over all of them",
              .zh = "fork，子进程退出，wait 返回；H 个进程同时进行，各占一个硬件线程；按全部计算"},
    .unit = {.zh = "周期"},
    .region = {.en = "at a moment that is told to H workers before, each of which waits for it on "
                     "its hart; after 40 ms of forks",
               .zh = "H 个工作进程各在自己的 hart 上等待一个事先告知的时刻，从这一时刻起；进行 40 "
                     "毫秒的 fork 之后"},
    .covers = {.en = "fork, exit, wait; one fault on the worker's stack for each; waiting for "
                     "locks, and for a hart",
               .zh = "fork，exit，wait；每次 fork 后工作进程的栈上一次缺页；等待锁和 hart"},
    .omits = {.en = "preparing 256 pages, the workers' own start and end",
              .zh = "准备 256 页，工作进程自己的启动和退出"},
};

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
    .frames = frames,
    .measure = measure,
};
