// Who runs when, on one hart: the shell forks all three and then waits. cat has its turn first, so
// its text is in the pipe before grep asks for it; grep runs until it finds the pipe empty and
// still open, or at its end; so on to wc, which writes last. The shell is woken by each end.
// That makes six context switches; a sample with more, or with a tick of the timer in it, is
// rejected.

#include "emit.h"
#include "kernel/fcntl.h"
#include "sample.h"

ABOUT(shell_pipeline) = {
    .name = "shell_pipeline",
    .title = {.en = "the shell runs `cat FILE | grep 31 | wc`",
              .zh = "shell 运行 `cat FILE | grep 31 | wc`"},
    .unit = {.zh = "运行"},
    .region = {.en = "before `fork`, after `wait`", .zh = "`fork` 之前到 `wait` 之后"},
    .covers = {.en = "`exec` of `/bin/sh -c` with the line `cat /bench/months | grep 31 | wc`, all "
                     "that it and the three programs do; six context switches",
               .zh = "`exec` `/bin/sh -c`，命令为 `cat /bench/months | grep 31 | wc`；shell "
                     "和三个程序所做的一切；六次进程切换"},
    .omits = {.en = "a real disk, a terminal: the output goes into a pipe",
              .zh = "真实的磁盘、终端：输出写入管道"},
};

enum { SWITCHES = 6 };

static char *arguments[] = {"/bin/sh", "-c", "cat /bench/months | grep 31 | wc", 0};

// What the line prints.
static const char expected[] = "7 14 68 \n";

// Descriptor 1 becomes a pipe for all that is started; its other end is returned, what was
// descriptor 1 goes to *console.
static int redirect_output(int *console)
{
    int fds[2];
    *console = dup(1);
    if (*console < 0 || pipe(fds) < 0)
        fail("shell_pipeline: the kernel gives no pipe");
    close(1);
    dup(fds[1]);
    close(fds[1]);
    return fds[0];
}

static void restore_output(int console)
{
    close(1);
    dup(console);
    close(console);
}

static void check_output(int output)
{
    char text[32];
    int length = read(output, text, sizeof(text));
    if (length != sizeof(expected) - 1 || memcmp(text, expected, length) != 0)
        fail("shell_pipeline: \"%s\" printed something else than %s", arguments[2], expected);
}

static enum verdict measure(const uint64 *parameters)
{
    (void)parameters;
    int console;
    int output = redirect_output(&console);
    uint64 free_before = sample_frames_free();
    uint64 start = sample_start();
    int pid = fork();
    if (pid == 0) {
        exec(arguments[0], arguments);
        exit(FAILED);
    }
    wait(0);
    sample_keep(start, region_end(), 1);
    restore_output(console);
    check_fork(pid);
    check_output(output);
    close(output);
    sample_peak(free_before);
    return sample_report();
}

BENCHMARK(43, shell_pipeline) = {
    .family = "shell_pipeline",
    .unit = "run",
    .samples = 10,
    .switches = SWITCHES,
    .measure = measure,
};
