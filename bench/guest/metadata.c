#include "pages.h"
#include "sample.h"

ABOUT(metadata) = {
    .name = "metadata/pages:P/memory:M",
    .figure = "metadata",
    .title = {.en = "no time: bytes of reference counts in a machine with M MiB, while a child "
                    "shares all pages",
              .zh = "没有时间：内存为 M MiB 的机器上，子进程共享所有页时引用计数的字节数"},
    .unit = {.zh = "字节"},
    .region = {.en = "no time", .zh = "没有时间"},
    .covers = {.en = "`metadata_bytes` while a child shares all pages, on a machine with M MiB",
               .zh = "在内存为 M MiB 的机器上，子进程共享所有页时的 `metadata_bytes`"},
};

static const struct axis heap_pages = {
    .name = "pages",
    .lowest = 1,
    .highest = 4096, // so that both heaps fit into the smallest machine
    .usual = {1024, 4096},
    .count = 2,
};
static const struct axis memory_axis = {
    .name = "memory",
    .lowest = 64,
    .highest = 4096,
    .usual = {64, 256, 1024, 4096},
    .count = 4,
};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    counters(COUNTERS_RESET, 0);
    int pid = fork();
    if (pid == 0)
        exit(0);
    // The parent goes on after fork: the child is still there, and has not run.
    counters(COUNTERS_SYSTEM, &sample.counters);
    check_fork(pid);
    reap_child(pid);
    return sample_report();
}

BENCHMARK(75, metadata) = {
    .family = "metadata",
    .unit = "bytes",
    .axes = {&heap_pages, &memory_axis},
    .samples = 1,
    .counts_only = true,
    .measure = measure,
};
