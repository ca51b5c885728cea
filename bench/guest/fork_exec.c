// The child's call of exec reads its arguments from shared pages and writes none.

#include "sample.h"

ABOUT(fork_exec) = {
    .name = "fork_exec/pages:P",
    .figure = "fork_exec",
    .title =
        {.en =
             "fork, exec of a minimal program in the child, its exit, return of the parent's wait",
         .zh = "fork，子进程 exec 一个最小的程序，它退出，父进程的 wait 返回"},
    .unit = {.zh = "周期"},
    .region = {.en = "before `fork`, after `wait`", .zh = "`fork` 之前到 `wait` 之后"},
    .covers = {.en = "the child's `exec` of a program of three instructions, from a RAM disk, and "
                     "its exit; two context switches",
               .zh = "子进程从 RAM 盘 `exec` 一个三条指令的程序，它退出；两次进程切换"},
    .omits = {.en = "a C library's start, a real disk", .zh = "C 库的启动，真实的磁盘"},
    .budgets = {{.what = {.en = "fork + exec + exit + wait, tiny",
                          .zh = "fork + exec + exit + wait，小进程"},
                 .at = "pages:0",
                 .limits = {{.variants = "cow-array cow-reuse", .at_most = 7000},
                            {.variants = "cow-*", .at_most = 25000}}}},
};

static char *arguments[] = {"/bench/exit", 0};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0) {
        exec("/bench/exit", arguments);
        exit(FAILED);
    }
    int reaped = wait(0);
    sample_keep(start, region_end(), 1);
    check_cycle(pid, reaped);
    check_exec("/bench/exit");
    return sample_report();
}

BENCHMARK(40, fork_exec) = {
    .family = "fork_exec",
    .unit = "cycle",
    .axes = {&any_pages},
    .switches = 2,
    .measure = measure,
};
