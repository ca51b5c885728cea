// The system calls, by those of the host, so that the shell and the utilities run on it, with
// sanitizers. The folder that COWSHED_ROOT names is the root. What programs see is the interface's:
// directories that can be read, 16 descriptors, arguments that fit one page.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/counters.h"
#include "kernel/disk.h"
#include "kernel/param.h"
#include "kernel/process.h"

#define stat cowshed_stat
#include "kernel/stat.h"
#undef stat
#define dirent cowshed_dirent
#include "kernel/fs.h"
#undef dirent

#define ARENA (64L << 20)

// Their values are those of the interface.
enum { WRITE_ONLY = 1, READ_WRITE = 2, CREATE = 0x200, TRUNCATE = 0x400, APPEND = 0x800 };

int cowshed_main(int argc, char **argv);

// A directory is opened as a file of its entries; what it is, is noted here.
static struct stat directories[NOFILE];

static const char *host_path(const char *path)
{
    static char full[PATH_MAX];
    if (path[0] != '/')
        return path;
    snprintf(full, sizeof full, "%s%s", getenv("COWSHED_ROOT"), path);
    return full;
}

static int limited(int fd)
{
    if (fd < NOFILE)
        return fd;
    close(fd);
    return -1;
}

static int open_directory(const char *path, const struct stat *st)
{
    int fd = limited(memfd_create("directory", 0));
    DIR *directory = fd < 0 ? 0 : opendir(path);
    if (!directory)
        return -1;
    struct dirent *entry;
    struct cowshed_dirent out;
    while ((entry = readdir(directory))) {
        memset(&out, 0, sizeof out);
        out.inum = (entry->d_ino & 0x7fff) + 1;
        memcpy(out.name, entry->d_name, strnlen(entry->d_name, DIRSIZ));
        if (write(fd, &out, sizeof out) != sizeof out)
            abort();
    }
    closedir(directory);
    lseek(fd, 0, SEEK_SET);
    directories[fd] = *st;
    return fd;
}

int cowshed_open(const char *path, int flags)
{
    path = host_path(path);
    int host = flags & READ_WRITE ? O_RDWR : flags & WRITE_ONLY ? O_WRONLY : O_RDONLY;
    host |= (flags & CREATE ? O_CREAT : 0) | (flags & TRUNCATE ? O_TRUNC : 0);
    host |= flags & APPEND ? O_APPEND : 0;
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return flags ? -1 : open_directory(path, &st);
    int fd = limited(open(path, host, 0644));
    if (fd >= 0)
        directories[fd].st_mode = 0;
    return fd;
}

int cowshed_fstat(int fd, struct cowshed_stat *out)
{
    struct stat st;
    if (fd < 0 || fd >= NOFILE || fstat(fd, &st))
        return -1;
    if (S_ISDIR(directories[fd].st_mode))
        st = directories[fd];
    short type = S_ISDIR(st.st_mode) ? T_DIR : S_ISCHR(st.st_mode) ? T_DEVICE : T_FILE;
    *out = (struct cowshed_stat){1, st.st_ino, type, st.st_nlink, st.st_size};
    return 0;
}

int cowshed_close(int fd)
{
    return close(fd);
}

int cowshed_dup(int fd)
{
    int copy = limited(dup(fd));
    if (copy >= 0)
        directories[copy] = directories[fd];
    return copy;
}

int cowshed_pipe(int *fds)
{
    if (pipe(fds))
        return -1;
    directories[fds[0] % NOFILE].st_mode = directories[fds[1] % NOFILE].st_mode = 0;
    return 0;
}

int cowshed_read(int fd, void *to, int size)
{
    return read(fd, to, size);
}

int cowshed_write(int fd, const void *from, int size)
{
    return write(fd, from, size);
}

int cowshed_unlink(const char *path)
{
    path = host_path(path);
    return unlink(path) == 0 || rmdir(path) == 0 ? 0 : -1;
}

int cowshed_link(const char *old_path, const char *new_path)
{
    char old[PATH_MAX];
    strcpy(old, host_path(old_path));
    return link(old, host_path(new_path));
}

int cowshed_mkdir(const char *path)
{
    return mkdir(host_path(path), 0755);
}

int cowshed_mknod(const char *path, short major, short minor)
{
    (void)path, (void)major, (void)minor;
    return -1;
}

int cowshed_chdir(const char *path)
{
    return chdir(host_path(path));
}

int cowshed_fork(void)
{
    fflush(0);
    return fork();
}

void cowshed_exit(int status)
{
    _exit(status);
}

// Only eight bits of a status arrive: 255 is taken for -1.
int cowshed_wait(int *out)
{
    int status;
    int pid = waitpid(-1, &status, 0);
    if (pid < 0)
        return -1;
    int exited = WIFEXITED(status) && WEXITSTATUS(status) != 255;
    if (out)
        *out = exited ? WEXITSTATUS(status) : -1;
    return pid;
}

int cowshed_kill(int pid)
{
    return kill(pid, SIGKILL);
}

// A program of Linux would run scripts by itself.
static bool is_program(const char *path)
{
    char start[4] = "";
    int fd = open(path, O_RDONLY);
    bool result = fd >= 0 && read(fd, start, 4) == 4 && memcmp(start, "\177ELF", 4) == 0;
    if (fd >= 0)
        close(fd);
    return result;
}

int cowshed_exec(const char *path, char **argv)
{
    size_t size = 0;
    int count = 0;
    for (; argv[count]; count++)
        size += (strlen(argv[count]) + 16) / 16 * 16;
    path = host_path(path);
    if (count > MAXARG || size + (count + 1) * sizeof(char *) > 4096 || !is_program(path))
        return -1;
    return execv(path, argv);
}

int cowshed_getpid(void)
{
    return getpid();
}

char *cowshed_sbrk(int bytes)
{
    static char *start, *now;
    if (!start) {
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        start = now = mmap(0, ARENA, PROT_READ | PROT_WRITE, flags, -1, 0);
    }
    if (now + bytes < start || now + bytes > start + ARENA)
        return (char *)-1;
    char *old = now;
    now += bytes;
    return old;
}

int cowshed_sleep(int ticks)
{
    return usleep(ticks * 100000);
}

int cowshed_uptime(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 10 + now.tv_nsec / 100000000;
}

int cowshed_counters(int op, struct counters *out)
{
    if (op < COUNTERS_SYSTEM || op > COUNTERS_RESET)
        return -1;
    *out = (struct counters){.version = COUNTERS_VERSION, .size = sizeof *out};
    uint64 *field = &out->frames_total;
    for (uint64 value = 101; field < (uint64 *)(out + 1); value++)
        *field++ = value;
    return 0;
}

// The caller, and a child that has ended, if there is one.
int cowshed_processes(struct process_info *out, int count)
{
    int found = 0;
    siginfo_t info = {0};
    struct process_info self = {.pid = getpid(), .parent = 1, .state = 'R', .name = "self"};
    struct process_info child = {.parent = getpid(), .state = 'Z', .name = "child"};
    self.size = 8192;
    if (found++ < count)
        out[0] = self;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid) {
        child.pid = info.si_pid;
        if (found++ < count)
            out[1] = child;
    }
    return found;
}

int cowshed_poweroff(int status)
{
    _exit(status);
}

int cowshed_disk_usage(struct disk_usage *out)
{
    *out = (struct disk_usage){2000, 1500, 200, 150};
    return 0;
}

// Nobody types here.
int cowshed_shield(int flags)
{
    (void)flags;
    return 0;
}

uint64 clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 10000000ul + now.tv_nsec / 100;
}

uint64 cycles(void)
{
    return clock_now();
}

uint64 instructions(void)
{
    return clock_now();
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    _exit(cowshed_main(argc, argv));
}
