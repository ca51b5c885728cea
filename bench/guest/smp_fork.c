// With sharing:1 the 256 pages of each worker's heap are those of one parent, so all of them count
// owners of the same frames. The pages are read-only, by a fork before. A child may run on any hart
// that has nothing to do.

#include "pages.h"
#include "sample.h"
#include "workers.h"

ABOUT(smp_fork) = {
    .name = "smp_fork/harts:H/sharing:S/quantum:Q",
    .figure = "scaling",
    .title = {.en = "fork, exit of the child, return of wait, in H processes at once, each on a "
                    "hart; over all of them",
              .zh = "fork，子进程退出，wait 返回；H 个进程同时进行，各占一个硬件线程；按全部计算"},
    .unit = {.zh = "周期"},
    .region = {.en = "from the first of H workers that begins, each on its hart, to the last that "
                     "has done 8 cycles; in each the first fork is before it",
               .zh = "从 H 个各占一个 hart 的工作进程中最先开始的一个，到最后一个完成 8 "
                     "次循环为止；各进程的第一次 fork 在此之前"},
    .covers = {.en = "fork, exit, wait; one fault on the worker's stack for each; waiting for "
                     "locks, and for a hart",
               .zh = "fork，exit，wait；每次 fork 后工作进程的栈上一次缺页；等待锁和 hart"},
    .omits = {.en = "preparing 256 pages, the workers' own start and end",
              .zh = "准备 256 页，工作进程自己的启动和退出"},
};

enum { PAGES = 256, CYCLES = 8 };

static void keep_pages(void) {}

static void cycle(void)
{
    int pid = fork();
    if (pid == 0)
        exit(0);
    check_fork(pid);
    wait(0);
}

static void fork_cycles(void)
{
    for (int i = 0; i < CYCLES; i++)
        cycle();
}

static void own_pages(void)
{
    heap_write(PAGES);
    cycle();
}

static enum verdict measure(const uint64 *parameters)
{
    struct work work = {
        .pages = PAGES,
        .prepare = parameters[1] ? cycle : own_pages,
        .run = fork_cycles,
        .finish = keep_pages,
        .operations = CYCLES,
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
    .axes = {&worker_harts, &worker_sharing, &worker_quantum},
    .samples = 3,
    .switches = ANY_SWITCHES,
    .frames = frames,
    .measure = measure,
};
