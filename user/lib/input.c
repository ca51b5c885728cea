// Reading: what a path leads to, and lines.

#include "kernel/fcntl.h"
#include "kernel/stat.h"
#include "user/user.h"

int stat(const char *path, struct stat *stat)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return -1;
    int result = fstat(fd, stat);
    close(fd);
    return result;
}

// One byte at a time: what follows the line belongs to the next reader of the descriptor, who may
// be another process.
char *gets(char *buffer, int max)
{
    int length = 0;
    while (length + 1 < max && read(0, buffer + length, 1) == 1) {
        char last = buffer[length++];
        if (last == '\n' || last == '\r')
            break;
    }
    if (max > 0)
        buffer[length] = 0;
    return buffer;
}
