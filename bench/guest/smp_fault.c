// With sharing:1 all workers write the pages of one parent, which lives on, in the same order: the
// counts of the same frames go down on all harts. With sharing:0 each worker writes its own pages,
// which it has shared with a child that waits. Either way each write is a fault that copies. Where
// fork has copied there is no fault, and the workers write over and over.

#include "pages.h"
#include "sample.h"
#include "workers.h"

ABOUT(smp_fault) = {
    .name = "smp_fault/harts:H/sharing:S/quantum:Q",
    .figure = "scaling",
    .title = {.en = "writes to shared pages, in H processes at once; over all of them",
              .zh = "写共享页，H 个进程同时进行；按全部计算"},
    .unit = {.zh = "页"},
    .region =
        {.en = "from the first of H workers that begins, each on its hart, to the last that has "
               "written its 256 pages",
         .zh = "从 H 个各占一个 hart 的工作进程中最先开始的一个，到最后一个写完自己的 256 页为止"},
    .covers = {.en = "one write fault per page; waiting for locks", .zh = "每页一次写缺页；等待锁"},
    .omits = {.en = "fork, faults on stack and data", .zh = "fork，栈和数据上的缺页"},
};

enum { PAGES = 256 };

static int holder[2]; // pipe: the worker's child waits until it is closed

static void share_nothing_more(void) {}

static void share_with_child(void)
{
    heap_write(PAGES);
    if (pipe(holder) < 0)
        exit(FAILED);
    int pid = fork();
    check_fork(pid);
    if (pid > 0)
        return;
    char nothing;
    close(holder[1]);
    read(holder[0], &nothing, 1);
    exit(0);
}

static void end_child(void)
{
    close(holder[1]);
    wait(0);
}

static void write_pages(void)
{
    heap_write(PAGES);
}

static enum verdict measure(const uint64 *parameters)
{
    struct work work = {
        .pages = PAGES,
        .prepare = parameters[1] ? share_nothing_more : share_with_child,
        .run = write_pages,
        .finish = parameters[1] ? share_nothing_more : end_child,
        .operations = PAGES,
    };
    return workers_measure(parameters[0], &work);
}

static uint64 frames(const uint64 *parameters)
{
    return workers_frames(parameters[0], PAGES);
}

BENCHMARK(92, smp_fault) = {
    .family = "smp_fault",
    .unit = "page",
    .axes = {&worker_harts, &worker_sharing, &worker_quantum},
    .samples = 3,
    .switches = ANY_SWITCHES,
    .frames = frames,
    .measure = measure,
};
