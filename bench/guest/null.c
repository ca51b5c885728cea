// The stub of the library takes five instructions of the time.

#include "sample.h"

ABOUT(null) = {
    .name = "null",
    .title = {.en = "one `getpid`", .zh = "一次 `getpid`"},
    .unit = {.zh = "调用"},
    .region = {.en = "around one `getpid`", .zh = "一次 `getpid` 前后"},
    .covers = {.en = "the call of the stub, the way in and out",
               .zh = "调用库中的存根，进入内核并返回"},
    .budgets = {{.what = {.en = "null system call", .zh = "空系统调用"},
                 .limits = {{.variants = "*", .at_most = 95}}}},
};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 start = sample_start();
    getpid();
    sample_keep(start, region_end(), 1);
    return sample_report();
}

BENCHMARK(10, null) = {
    .family = "null",
    .unit = "call",
    .measure = measure,
};
