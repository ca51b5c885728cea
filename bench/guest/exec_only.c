// The program is /bench/reexec. The runner starts it; it execs itself and reports what it took: the
// new program reads the clock again, and has the first reading from its arguments. Writing that
// takes the same each time, and is subtracted.

#include "emit.h"
#include "exec_report.h"
#include "sample.h"

ABOUT(exec_only) = {
    .name = "exec_only",
    .title = {.en = "exec of a program of three pages by itself, until its `main`",
              .zh = "只有 exec：一个三页的程序，直到它的 `main`"},
    .unit = {.zh = "exec"},
    .region = {.en = "before `exec`, at the first line of `main` in the new program",
               .zh = "`exec` 之前到新程序 `main` 的第一行"},
    .covers =
        {.en =
             "the lookup, the program's three pages, four arguments, the end of as many old pages",
         .zh = "查找路径，程序的三页，四个参数，释放同样多的旧页"},
    .omits = {.en = "fork, any switch, a real disk", .zh = "fork，任何进程切换，真实的磁盘"},
};

static int fds[2];

static void start(void)
{
    char descriptor[] = {'0' + fds[1], 0};
    char *arguments[] = {"/bench/reexec", descriptor, 0};
    exec(arguments[0], arguments);
    exit(FAILED);
}

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    struct exec_report report;
    if (pipe(fds) < 0)
        fail("exec_only: the kernel gives no pipe");
    int pid = fork();
    check_fork(pid);
    if (pid == 0)
        start();
    reap_child(pid);
    close(fds[1]);
    int size = read(fds[0], &report, sizeof(report));
    close(fds[0]);
    if (size != sizeof(report) || report.counters.execs != 1)
        fail("exec_only: /bench/reexec tells of no exec: it must be in the root image and fit in "
             "memory");
    sample.counters = report.counters;
    sample_store(report.cycles, 1);
    return sample_report();
}

BENCHMARK(41, exec_only) = {
    .family = "exec_only",
    .unit = "exec",
    .samples = 10,
    .measure = measure,
};
