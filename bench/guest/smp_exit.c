// The children wait at a gate, four for each hart, and the parent opens it: so all of them drop the
// counts of the same frames, in the same order.

#include "gate.h"
#include "pages.h"
#include "sample.h"
#include "workers.h"

ABOUT(smp_exit) = {
    .name = "smp_exit/harts:H/quantum:Q",
    .figure = "scaling",
    .title = {.en = "exits of 4 H children, which share 256 pages with their parent, on H harts at "
                    "once; over all of them",
              .zh = "4H 个与父进程共享 256 页的子进程在 H 个硬件线程上同时退出；按全部计算"},
    .unit = {.zh = "退出"},
    .region = {.en =
                   "in the parent, from opening the gate at which the children wait to the return "
                   "of the last wait",
               .zh = "在父进程中，从打开子进程等待的门到最后一次 wait 返回"},
    .covers = {.en = "exit; waking the children and the parent; wait; waiting for locks",
               .zh = "exit；唤醒子进程和父进程；wait；等待锁"},
    .omits = {.en = "the forks", .zh = "各次 fork"},
};

enum { PAGES = 256, CHILDREN = 4 }; // for each hart

static void be_child(const struct gate *ready, const struct gate *end)
{
    own_data_pages();
    gate_release(ready);
    gate_wait(end);
    exit(TAKEN);
}

static void fork_children(uint64 count, const struct gate *ready, const struct gate *end)
{
    for (uint64 i = 0; i < count; i++) {
        int pid = fork();
        if (pid == 0)
            be_child(ready, end);
        check_fork(pid);
    }
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 children = CHILDREN * parameters[0];
    heap_grow(PAGES);
    heap_write(PAGES);
    struct gate ready = gate_create();
    struct gate end = gate_create();
    fork_children(children, &ready, &end);
    gate_wait(&ready);

    workers_align();
    uint64 start = cycles_now();
    MARK(MARK_JOIN);
    gate_release(&end);
    for (uint64 i = 0; i < children; i++)
        wait(0);
    MARK(MARK_LEAVE);
    sample_keep(start, cycles_now(), children);

    gate_close(&ready);
    gate_close(&end);
    heap_shrink(PAGES);
    return sample_report();
}

static uint64 frames(const uint64 *parameters)
{
    return (CHILDREN * parameters[0] + 1) * frames_of(PAGES + 16);
}

BENCHMARK(93, smp_exit) = {
    .family = "smp_exit",
    .unit = "exit",
    .axes = {&worker_harts, &worker_quantum},
    .samples = 3,
    .switches = ANY_SWITCHES,
    .frames = frames,
    .measure = measure,
};
