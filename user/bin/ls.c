// ls [PATH...]: name, type, number of the inode and size of files, and of all in directories.

#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/param.h"
#include "kernel/stat.h"
#include "user/cowshed.h"
#include "user/user.h"

static char path[MAXPATH]; // of an entry

static void show(const char *name, const struct stat *st)
{
    printf("%-14s %d %d %lu\n", name, st->type, st->ino, st->size);
}

// Completes the path, whose directory has the given length, by a name that may fill all its bytes.
static void show_entry(uint length, const char *name)
{
    char *end = path + length;
    memcpy(end, name, DIRSIZ);
    end[DIRSIZ] = 0;
    struct stat st;
    if (stat(path, &st) < 0)
        fprintf(2, "ls: cannot list %s\n", path);
    else
        show(end, &st);
}

// 0, or -1 after an error, which it has told of.
static int list_directory(int fd, const char *directory)
{
    uint length = strlen(directory);
    if (length + 1 + DIRSIZ + 1 > sizeof(path)) {
        fprintf(2, "ls: the path %s is too long\n", directory);
        return -1;
    }
    memcpy(path, directory, length);
    path[length++] = '/';
    struct dirent entry;
    int size;
    while ((size = read(fd, &entry, sizeof(entry))) == sizeof(entry)) {
        if (entry.inum)
            show_entry(length, entry.name);
    }
    if (size != 0)
        fprintf(2, "ls: cannot read %s\n", directory);
    return size ? -1 : 0;
}

// 0, or -1 after an error, which it has told of.
static int list(const char *name)
{
    struct stat st;
    int fd = open(name, O_RDONLY);
    if (fd < 0 || fstat(fd, &st)) {
        fprintf(2, "ls: cannot list %s\n", name);
        return -1;
    }
    int result = 0;
    if (st.type == T_DIR)
        result = list_directory(fd, name);
    else
        show(last_name(name), &st);
    close(fd);
    return result;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return list(".") != 0;
    int status = 0;
    for (int i = 1; i < argc; i++)
        status |= list(argv[i]) != 0;
    return status;
}
