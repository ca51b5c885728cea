// With sharing:1 all workers write the pages of one parent, which lives on, in the same order: the
// counts of the same frames go down on all harts. With sharing:0 each worker writes its own pages,
// which it has shared with a child that waits. Either way each write is a fault that copies. Where
// fork has copied there is no fault, and the workers write over and over.

#include "pages.h"
#include "sample.h"
#include "workers.h"

ABOUT(smp_fault) = {
    .name = "smp_fault/harts:H/sharing:S",
    .title = {.en = "writes to shared pages, in H processes at once; over all of them",
              .zh = "写共享页，H 个进程同时进行；按全部计算"},
    .unit = {.zh = "页"},
    .region = {.en = "at a moment that is told to H workers before, each of which waits for it on "
                     "its hart; after 40 ms, or when all 4,096 pages of a worker are written",
               .zh = "H 个工作进程各在自己的 hart 上等待一个事先告知的时刻，从这一时刻起；40 "
                     "毫秒之后，或每个工作进程写完全部 4,096 页之后"},
    .covers = {.en = "one write fault per page; waiting for locks", .zh = "每页一次写缺页；等待锁"},
    .omits = {.en = "fork, faults on stack and data", .zh = "fork，栈和数据上的缺页"},
};

enum { PAGES = 4096, PAGES_BETWEEN_LOOKS = 16 };

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

static uint64 faults(void)
{
    counters(COUNTERS_PROCESS, &sample.counters);
    return sample.counters.faults_copy + sample.counters.faults_reuse;
}

// One pass over the pages, or as much as there is time for.
static uint64 write_pass(uint64 end)
{
    uint64 pages = 0;
    while (pages < PAGES && cycles_now() < end) {
        for (int i = 0; i < PAGES_BETWEEN_LOOKS; i++)
            heap[pages++ * PAGE_SIZE] = 1;
    }
    return pages;
}

static uint64 write_until(uint64 end)
{
    uint64 before = faults();
    uint64 pages = write_pass(end);
    if (faults() - before >= pages)
        return pages; // they are this worker's own now
    while (cycles_now() < end)
        pages += write_pass(end);
    return pages;
}

static enum verdict measure(const uint64 *parameters)
{
    struct work work = {
        .pages = PAGES,
        .prepare = parameters[1] ? share_nothing_more : share_with_child,
        .run = write_until,
        .finish = parameters[1] ? share_nothing_more : end_child,
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
    .axes = {&worker_harts, &worker_sharing},
    .frames = frames,
    .measure = measure,
};
