#include "pages.h"
#include "sample.h"

ABOUT(write_last) = {
    .name = "write_last/pages:P",
    .figure = "write_fault",
    .title = {.en = "the parent writes each of P pages after the child is gone",
              .zh = "子进程退出后，父进程在 P 页中各写一次"},
    .unit = {.zh = "页"},
    .region = {.en = "in the parent, around one store to each of P pages, when the child is gone",
               .zh = "在父进程中，子进程退出之后，对 P 页各写一次的前后"},
    .covers = {.en = "the same as in `write_copy`", .zh = "与 `write_copy` 相同"},
    .omits = {.en = "fork, the child's exit", .zh = "fork，子进程的退出"},
    .budgets = {{.what = {.en = "write fault by the last owner", .zh = "最后一个所有者的写缺页"},
                 .at = "pages:4096",
                 .limits = {{.variants = "cow-reuse cow-exclusive", .at_most = 165},
                            {.variants = "cow-around", .at_most = 30}}},
                {.what = {.en = "reference metadata of an unshared page",
                          .zh = "未共享页的引用计数"},
                 .at = "pages:4096",
                 .value = "metadata_bytes",
                 .unit = {.en = "bytes per page", .zh = "字节每页"},
                 .limits = {{.variants = "cow-hash", .at_most = 0}}},
                {.what = {.en = "write by the last owner, 4,096 pages",
                          .zh = "最后一个所有者的写，4,096 页"},
                 .at = "pages:4096",
                 .limits = {{.variants = "cow-array / cow-reuse", .at_least = 7}}}},
};

static enum verdict measure(const uint64 *parameters)
{
    uint64 pages = parameters[0];
    int pid = fork();
    check_fork(pid);
    if (pid == 0)
        exit(0);
    reap_child(pid);
    uint64 start = sample_start();
    heap_write(pages);
    sample_keep(start, region_end(), pages);
    return sample_report();
}

BENCHMARK(60, write_last) = {
    .family = "write_last",
    .unit = "page",
    .axes = {&some_pages},
    .measure = measure,
};
