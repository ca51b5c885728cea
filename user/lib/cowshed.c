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
