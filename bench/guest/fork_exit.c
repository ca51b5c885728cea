// Neither process writes memory in the region. wait is not asked for the status, which it would
// write to a page that the parent shares; the counters show that the child came to its end.

#include "sample.h"

ABOUT(fork_exit) = {
    .name = "fork_exit/pages:P",
    .title = {.en = "fork, exit of the child, return of the parent's wait",
              .zh = "fork，子进程退出，父进程的 wait 返回"},
    .unit = {.zh = "周期"},
    .region = {.en = "before `fork`, after `wait`", .zh = "`fork` 之前到 `wait` 之后"},
    .covers = {.en = "the child's exit, two context switches", .zh = "子进程退出，两次进程切换"},
    .omits = {.en = "page faults: no process writes to memory", .zh = "缺页：没有进程写内存"},
    .budgets = {{.what = {.en = "fork + exit + wait, tiny", .zh = "fork + exit + wait，小进程"},
                 .at = "pages:0",
                 .limits = {{.variants = "cow-*", .at_most = 9000}}},
                {.what = {.en = "fork + exit + wait, 4,096 pages",
                          .zh = "fork + exit + wait，4,096 页"},
                 .at = "pages:4096",
                 .limits = {{.variants = "cow-array cow-reuse", .at_most = 98000},
                            {.variants = "cow-hash", .at_most = 300000}}}},
};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0)
        exit(0);
    int reaped = wait(0);
    sample_keep(start, region_end(), 1);
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
