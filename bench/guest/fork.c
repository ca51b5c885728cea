// A new child waits until the parent blocks or its tick ends, and exits at once when it runs.

#include "sample.h"

ABOUT(fork) = {
    .name = "fork/pages:P",
    .figure = "fork",
    .title = {.en = "fork until it returns in the parent", .zh = "fork，直到它在父进程中返回"},
    .unit = {.zh = "fork"},
    .region = {.en = "before `fork`, after its return in the parent",
               .zh = "`fork` 之前到它在父进程中返回之后"},
    .omits = {.en = "the child, which has not run; any page fault",
              .zh = "子进程（此时尚未运行）；任何缺页"},
    .budgets = {{.what = {.en = "fork, tiny process", .zh = "fork，小进程"},
                 .at = "pages:0",
                 .limits = {{.variants = "cow-array cow-reuse", .at_most = 950},
                            {.variants = "cow-*", .at_most = 4000}}},
                {.what = {.en = "fork, per resident page", .zh = "fork，每个驻留页"},
                 .at = "pages:4096",
                 .above = "pages:0",
                 .limits = {{.variants = "eager", .at_most = 1150},
                            {.variants = "cow-array cow-reuse", .at_most = 13},
                            {.variants = "cow-atomic", .at_most = 11},
                            {.variants = "cow-hash", .at_most = 24}}},
                {.what = {.en = "fork, 4,096 pages", .zh = "fork，4,096 页"},
                 .at = "pages:4096",
                 .limits = {{.variants = "eager / cow-array", .at_least = 40},
                            {.variants = "cow-hash / cow-array", .at_most = 2.5}}}},
};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 start = sample_start();
    int pid = fork();
    uint64 end = region_end();
    if (pid == 0)
        exit(0);
    sample_keep(start, end, 1);
    check_fork(pid);
    reap_child(pid);
    return sample_report();
}

BENCHMARK(20, fork) = {
    .family = "fork",
    .unit = "fork",
    .axes = {&any_pages},
    .measure = measure,
};
