// The parent goes on after fork, and the child runs when it waits, so each write finds its page
// shared by the two. The order of the pages lies in the pages. The child writes no stack and no
// data, and the parent nothing at all: 0 % is fork_exit. Where fork has copied already, only the
// loop is left.

#include "chain.h"
#include "sample.h"

ABOUT(fork_touch) = {
    .name = "fork_touch/pages:P/percent:K",
    .figure = "fork_touch",
    .title = {.en = "fork, the child writes K % of the pages in random order and exits, return of "
                    "the parent's wait",
              .zh = "fork，子进程按随机次序写 K % 的页后退出，父进程的 wait 返回"},
    .unit = {.zh = "周期"},
    .region = {.en = "before `fork`, after `wait`", .zh = "`fork` 之前到 `wait` 之后"},
    .covers = {.en = "the child writes a word in K % of the P pages, in random order, and exits: "
                     "one fault that copies for each, where pages are shared; four instructions of "
                     "the loop per page; two context switches",
               .zh = "子进程按随机次序在 P 页的 K % "
                     "中各写一个字后退出：页被共享时，每页一次引起复制的缺页；循环每页四条指令；两"
                     "次进程切换"},
    .omits = {.en = "other page faults: no process writes to stack or data; making the order",
              .zh = "其他缺页：没有进程写栈或数据；生成次序"},
};

static const struct axis pages_axis = {
    .name = "pages",
    .lowest = 1,
    .highest = MAX_HEAP_PAGES,
    .usual = {1024, 4096},
    .count = 2,
};

static enum verdict measure(const uint64 *parameters)
{
    uint64 written = chain_share(parameters[0], parameters[1]);
    chain_make(parameters[0]);
    uint64 free_before = sample_frames_free();
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0) {
        chain_write(written);
        exit(0);
    }
    int reaped = wait(0);
    sample_keep(start, region_end(), 1);
    check_cycle(pid, reaped);
    sample_peak(free_before);
    return sample_report();
}

BENCHMARK(21, fork_touch) = {
    .family = "fork_touch",
    .unit = "cycle",
    .axes = {&pages_axis, &touched_percent},
    .samples = 2,
    .switches = 2,
    .measure = measure,
};
