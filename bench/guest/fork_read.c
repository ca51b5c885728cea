// As fork_touch, but the child reads. The exact clock does not show what a walk of the page table
// costs after the switch to the child.

#include "chain.h"
#include "sample.h"

ABOUT(fork_read) = {
    .name = "fork_read/pages:P/percent:K",
    .title = {.en = "fork, the child reads K % of the pages in random order and exits, return of "
                    "the parent's wait",
              .zh = "fork，子进程按随机次序读 K % 的页后退出，父进程的 wait 返回"},
    .unit = {.zh = "周期"},
    .region = {.en = "before `fork`, after `wait`", .zh = "`fork` 之前到 `wait` 之后"},
    .covers = {.en =
                   "reads: three instructions of the loop per page, no fault; two context switches",
               .zh = "读：循环每页三条指令，没有缺页；两次进程切换"},
    .omits = {.en = "walks of the page table", .zh = "页表遍历"},
};

static const struct axis pages_axis = {
    .name = "pages",
    .lowest = 1,
    .highest = MAX_HEAP_PAGES,
    .usual = {4096},
    .count = 1,
};

static enum verdict measure(const uint64 *parameters)
{
    uint64 read = chain_share(parameters[0], parameters[1]);
    chain_make(parameters[0]);
    uint64 free_before = sample_frames_free();
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0) {
        chain_read(read);
        exit(0);
    }
    int reaped = wait(0);
    sample_keep(start, region_end(), 1);
    check_cycle(pid, reaped);
    sample_peak(free_before);
    return sample_report();
}

BENCHMARK(22, fork_read) = {
    .family = "fork_read",
    .unit = "cycle",
    .axes = {&pages_axis, &touched_percent},
    .samples = 3,
    .switches = 2,
    .measure = measure,
};
