// The child takes the sample and prints it. Its memory is its own from the fork on, so only its
// exit status, the verdict, gets back to the parent. Where fork has copied, three instructions per
// page are left.

#include "pages.h"
#include "sample.h"

ABOUT(write_copy) = {
    .name = "write_copy/pages:P",
    .figure = "write_fault",
    .title = {.en = "the child writes one byte in each of P shared pages",
              .zh = "子进程在 P 个共享页中各写一个字节"},
    .unit = {.zh = "页"},
    .region = {.en = "in the child, around one store to each of P pages",
               .zh = "在子进程中，对 P 页各写一次的前后"},
    .covers = {.en = "one write fault per page, where pages are shared; three instructions of the "
                     "loop per page",
               .zh = "页被共享时，每页一次写缺页；循环每页三条指令"},
    .omits = {.en = "fork; the faults on the child's own stack and data, taken before",
              .zh = "fork；子进程自己的栈和数据上的缺页（在此之前发生）"},
    .budgets = {{.what = {.en = "write fault that copies", .zh = "引起复制的写缺页"},
                 .at = "pages:4096",
                 .limits = {{.variants = "cow-*", .at_most = 1450}}}},
};

static enum verdict measure_child(uint64 pages)
{
    uint64 start = sample_start();
    heap_write(pages);
    sample_keep(start, region_end(), pages);
    return sample_report();
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 pages = parameters[0];
    int pid = fork();
    check_fork(pid);
    if (pid == 0)
        exit(measure_child(pages));
    return reap_child(pid);
}

BENCHMARK(50, write_copy) = {
    .family = "write_copy",
    .unit = "page",
    .axes = {&some_pages},
    .measure = measure,
};
