#include "common/part.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/stat.h"

#define REPORTED 2 // exit status of a part that has said itself what is wrong

struct machine machine = {.processes = NPROC, .variant = "", .heap = "lazy", .seed = 1};
char own_path[MAXPATH];

static const char *part_name = "";
static char directory[32]; // of all parts
static char part_directory[40];

void fail_part(const char *text)
{
    printf("%s: %s\n", part_name, text);
    exit(REPORTED);
}

// What a part must leave as it was.
struct account {
    uint64 frames, blocks, inodes;
};

static struct account take_account(void)
{
    struct disk_usage disk = {0};
    disk_usage(&disk);
    return (struct account){frames_unused(), disk.free_blocks, disk.free_inodes};
}

// Whether all is as before, as soon as orphans have been reaped.
static int is_restored(const struct account *before, struct account *now)
{
    for (int i = 0; i < 50; i++) {
        *now = take_account();
        if (memcmp(before, now, sizeof *now) == 0)
            return 1;
        sleep(1);
    }
    return 0;
}

static int is_left_in_order(const struct account *before)
{
    struct account now;
    int wrong = audit();
    if (wrong)
        printf("%s: audit: %d frames are counted wrong\n", part_name, wrong);
    if (is_restored(before, &now))
        return !wrong;
    printf("%s: free before and after: %lu and %lu frames, %lu and %lu blocks, "
           "%lu and %lu inodes\n",
           part_name, before->frames, now.frames, before->blocks, now.blocks, before->inodes,
           now.inodes);
    return 0;
}

static void join(char *path, const char *folder, const char *name)
{
    strcpy(path, folder);
    strcpy(path + strlen(path), "/");
    strcpy(path + strlen(path), name);
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
            printf("%s: cannot remove %s\n", part_name, name);
            return removed;
        } else if (chdir("..") || depth-- == 0) {
            break;
        }
    }
    return removed + (unlink(path) == 0);
}

static int make_directories(void)
{
    if (directory[0])
        return 0;
    strcpy(directory, "/test-000000");
    for (int i = 11, pid = getpid(); pid && i > 5; i--, pid /= 10)
        directory[i] = '0' + pid % 10;
    join(part_directory, directory, "part");
    return mkdir(directory);
}

// In the part's process.
static void run_in_directory(const struct part *part, int uses_files)
{
    if (uses_files && chdir(part_directory))
        fail_part("there is no directory to run in");
    part->run();
    exit(0);
}

static int passes(const struct program *program, const struct part *part)
{
    part_name = part->name;
    own_all_pages();
    struct account before = take_account();
    if (program->uses_files && mkdir(part_directory)) {
        printf("%s: cannot make %s\n", part_name, part_directory);
        return 0;
    }
    int pid = start(), status;
    if (pid == 0)
        run_in_directory(part, program->uses_files);
    while (wait(&status) != pid)
        continue;
    own_all_pages();
    if (status == KILLED)
        printf("%s: the part's process was killed\n", part_name);
    else if (status != 0 && status != REPORTED)
        printf("%s: FAILED\n", part_name);
    int left = program->uses_files ? remove_tree(part_directory) - 1 : 0;
    chdir("/");
    if (left && status == 0)
        printf("%s: %d files or directories are left\n", part_name, left);
    int in_order = is_left_in_order(&before);
    if (status || left || !in_order)
        return 0;
    printf("%s: ok\n", part_name);
    return 1;
}

static int is_chosen(const struct part *part, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], part->name) == 0)
            return 1;
    }
    return argc == 1;
}

static const char *unknown_name(const struct program *program, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int known = 0;
        for (int p = 0; p < program->count; p++)
            known += strcmp(argv[i], program->parts[p].name) == 0;
        if (!known)
            return argv[i];
    }
    return 0;
}

static void set_own_path(const char *path)
{
    own_path[0] = '/';
    strcpy(own_path + (path[0] != '/'), path);
}

int run_parts(const struct program *program, int argc, char **argv)
{
    set_own_path(argv[0]);
    if (argc > 2 && strcmp(argv[1], "-x") == 0)
        return program->executed(argc, argv);
    if (argc == 2 && strcmp(argv[1], "-l") == 0) {
        for (int i = 0; i < program->count; i++)
            printf("%s\n", program->parts[i].name);
        return 0;
    }
    const char *unknown = unknown_name(program, argc, argv);
    if (unknown) {
        fprintf(2, "%s: there is no part %s; %s -l lists them\n", argv[0], unknown, argv[0]);
        return 2;
    }
    if (program->uses_files && make_directories()) {
        fprintf(2, "%s: cannot make %s\n", argv[0], directory);
        return 2;
    }
    int failed = 0;
    for (int i = 0; i < program->count; i++) {
        if (is_chosen(&program->parts[i], argc, argv))
            failed += !passes(program, &program->parts[i]);
    }
    if (program->uses_files)
        remove_tree(directory);
    if (failed)
        printf("%d FAILED\n", failed);
    else
        printf("%s\n", program->passed);
    return failed > 0;
}
