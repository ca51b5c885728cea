#include "common/state.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"

struct machine machine = {.processes = NPROC, .variant = "", .heap = "lazy", .seed = 1};
char own_path[MAXPATH];

void set_own_path(const char *argv0)
{
    own_path[0] = '/';
    strcpy(own_path + (argv0[0] != '/'), argv0);
}

// Whether some other process is not at rest. On its way to its wait the parent of this one may be
// in the middle of a page fault, with a frame that it gives back soon.
static int is_busy(void)
{
    static struct process_info others[NPROC];
    int busy = 0, count = processes(others, NPROC);
    for (int i = 0; i < count && i < NPROC; i++) {
        char state = others[i].state;
        busy = busy || (others[i].pid != getpid() && (state == 'R' || state == 'r'));
    }
    return busy;
}

struct account take_account(void)
{
    struct disk_usage disk = {0};
    for (int i = 0; i < 50 && is_busy(); i++)
        sleep(1);
    disk_usage(&disk);
    own_all_pages();
    return (struct account){frames_unused(), disk.free_blocks, disk.free_inodes};
}

int is_left_in_order(const char *name, const struct account *before)
{
    struct account now = take_account();
    for (int i = 0; i < 50 && memcmp(before, &now, sizeof now) != 0; i++) {
        sleep(1);
        now = take_account();
    }
    int wrong = audit(), same = memcmp(before, &now, sizeof now) == 0;
    if (wrong)
        printf("%s: audit: %d frames are counted wrong\n", name, wrong);
    if (!same)
        printf("%s: free before and after: %lu and %lu frames, %lu and %lu blocks, "
               "%lu and %lu inodes\n",
               name, before->frames, now.frames, before->blocks, now.blocks, before->inodes,
               now.inodes);
    return same && !wrong;
}

const char *make_work_directory(void)
{
    static char path[] = "/test-000000";
    for (int i = sizeof path - 2, pid = getpid(); pid; i--, pid /= 10)
        path[i] = '0' + pid % 10;
    if (mkdir(path)) {
        fprintf(2, "%s: cannot make %s\n", own_path, path);
        exit(2);
    }
    return path;
}

// The first name in a directory; empty when there is none but . and ..
static void first_name(const char *path, char *name)
{
    struct dirent entry;
    int fd = open(path, O_RDONLY);
    name[0] = 0;
    while (!name[0] && fd >= 0 && read(fd, &entry, sizeof entry) == sizeof entry) {
        memcpy(name, entry.name, DIRSIZ);
        name[DIRSIZ] = 0;
        if (entry.inum == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            name[0] = 0;
    }
    close(fd);
}

// By way of the current directory, since directories may lie deeper than a path can say.
int remove_tree(const char *path)
{
    static char name[DIRSIZ + 1];
    int removed = 0, depth = 0;
    if (unlink(path) == 0)
        return 1;
    if (chdir(path))
        return 0;
    for (;;) {
        first_name(".", name);
        if (name[0] && unlink(name) == 0) {
            removed++;
        } else if (name[0] && chdir(name) == 0) {
            depth++;
        } else if (name[0]) {
            printf("%s: cannot remove %s\n", own_path, name);
            break;
        } else if (chdir("..") || depth-- == 0) {
            break;
        }
    }
    chdir("/");
    return removed + (unlink(path) == 0);
}
