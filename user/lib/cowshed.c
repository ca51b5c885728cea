// Small helpers of the utilities.

#include "user/cowshed.h"
#include "user/user.h"

int write_all(int fd, const void *buffer, int size)
{
    for (int done = 0; done < size;) {
        int written = write(fd, (const char *)buffer + done, size - done);
        if (written <= 0)
            return -1;
        done += written;
    }
    return 0;
}

int number_of(const char *text)
{
    if (!*text)
        return -1;
    long value = 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text - '0');
        if (value > 0x7fffffff)
            return -1;
    }
    return value;
}

const char *last_name(const char *path)
{
    const char *name = path;
    for (; *path; path++) {
        if (*path == '/')
            name = path + 1;
    }
    return name;
}

int do_for_names(int argc, char **argv, int (*call)(const char *name), const char *usage,
                 const char *failure)
{
    const char *program = argc ? last_name(argv[0]) : "";
    int failed = argc < 2;
    if (failed)
        fprintf(2, "usage: %s %s\n", program, usage);
    while (--argc > 0) {
        if (call(*++argv) == 0)
            continue;
        fprintf(2, "%s: %s %s\n", program, failure, *argv);
        failed = 1;
    }
    return failed;
}
