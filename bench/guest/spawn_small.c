// What a shell or a server does when it starts a program: nobody needs the parent's pages again.

#include "pages.h"
#include "sample.h"

ABOUT(spawn_small) = {
    .name = "spawn_small/pages:P",
    .title = {.en = "fork, exec of a small C program in the child, its run and exit, return of the "
                    "parent's wait",
              .zh = "fork，子进程 exec 一个小的 C 程序，它运行并退出，父进程的 wait 返回"},
    .unit = {.zh = "周期"},
    .region = {.en = "before `fork`, after `wait`", .zh = "`fork` 之前到 `wait` 之后"},
    .covers = {.en = "the child's `exec` of a C program with a page of text, data and stack; its "
                     "run, from the library's start to its exit; two context switches",
               .zh = "子进程 `exec` 一个有代码、数据、栈各一页的 C "
                     "程序；它从库的启动运行到退出；两次进程切换"},
    .omits = {.en = "a real disk; any page fault", .zh = "真实的磁盘；任何缺页"},
};

static const struct axis pages_axis = {
    .name = "pages",
    .lowest = 0,
    .highest = MAX_HEAP_PAGES,
    .usual = {0, 256, 4096, 16384},
    .count = 4,
};

static char *arguments[] = {"/bench/small", "two", "words", 0};

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    uint64 free_before = sample_frames_free();
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0) {
        exec(arguments[0], arguments);
        exit(FAILED);
    }
    int reaped = wait(0);
    sample_keep(start, region_end(), 1);
    check_cycle(pid, reaped);
    check_exec("/bench/small");
    sample_peak(free_before);
    return sample_report();
}

BENCHMARK(42, spawn_small) = {
    .family = "spawn_small",
    .unit = "cycle",
    .axes = {&pages_axis},
    .samples = 5,
    .switches = 2,
    .measure = measure,
};
