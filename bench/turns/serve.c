#include "serve.h"
#include "qemu.h"
#include "turns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_LOST = 76, LINE_SIZE = 8192, LOOK_NANOSECONDS = 100000, HOST_SECONDS = 600 };

// A copy has the thread of the harts alone. What QEMU's main loop would do for them: when all harts
// sleep, time jumps to the next deadline.
static void *main_loop_of_copy(void *unused)
{
    (void)unused;
    const struct timespec look = {.tv_nsec = LOOK_NANOSECONDS};
    for (time_t end = time(0) + HOST_SECONDS; time(0) < end; nanosleep(&look, 0)) {
        qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
        if (all_cpu_threads_idle()) {
            icount_start_warp_timer();
            qemu_clock_run_all_timers();
        }
        qemu_mutex_unlock_iothread();
    }
    end_machine("seconds of the host", HOST_SECONDS);
}

static void end_copy(int status, void *unused)
{
    (void)unused;
    close_files();
    _exit(status);
}

// In the copy: its output, its arguments, its end.
static void become_copy(char *request)
{
    char *out = strtok(request, "\t");
    int file = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, 1) < 0 || dup2(file, 2) < 0)
        _exit(STATUS_LOST);
    prctl(PR_SET_PDEATHSIG, 9);
    on_exit(end_copy, 0);
    char *words[16];
    int count = 0;
    for (char *word; count < 16 && (word = strtok(0, "\t"));)
        words[count++] = word;
    pthread_t thread;
    if (!take_schedule(count, words) || pthread_create(&thread, 0, main_loop_of_copy, 0))
        _exit(STATUS_LOST);
}

static bool read_line(char *line)
{
    size_t length = 0;
    ssize_t got;
    do {
        got = read(arguments.requests, line + length, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || length == LINE_SIZE - 1)
            return false;
    } while (line[length++] != '\n');
    line[length - 1] = 0;
    return true;
}

// Without the lock, the main loop could be in the middle of something when the copy is made.
static pid_t copy_machine(void)
{
    qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
    pid_t pid = fork();
    qemu_mutex_unlock_iothread();
    return pid;
}

// QEMU keeps the memory of the machine out of copies: mappings with the flag "dc" (proc(5), smaps).
static void copy_memory_too(void)
{
    FILE *file = fopen("/proc/self/smaps", "r");
    char line[512];
    unsigned long begin = 0, end = 0, from, to;
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            begin = from, end = to;
        else if (!strncmp(line, "VmFlags:", 8) && strstr(line, " dc "))
            madvise((void *)begin, end - begin, MADV_DOFORK);
    }
    if (file)
        fclose(file);
}

static int status_of(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return STATUS_LOST;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void serve(void)
{
    static char line[LINE_SIZE];
    copy_memory_too();
    while (read_line(line)) {
        pid_t pid = copy_machine();
        if (pid == 0) {
            become_copy(line);
            return;
        }
        dprintf(arguments.replies, "%d\n", pid < 0 ? STATUS_LOST : status_of(pid));
    }
    _exit(0);
}
