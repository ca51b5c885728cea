// cat [FILE...]: writes the files, or descriptor 0, one after the other.

#include "kernel/fcntl.h"
#include "user/cowshed.h"
#include "user/user.h"

static char buffer[4096];

// Returns the exit status.
static int copy(int fd, const char *name)
{
    int size;
    while ((size = read(fd, buffer, sizeof(buffer))) > 0) {
        if (write_all(1, buffer, size)) {
            fprintf(2, "cat: cannot write\n");
            exit(1);
        }
    }
    if (size < 0)
        fprintf(2, "cat: cannot read %s\n", name);
    return size < 0;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return copy(0, "descriptor 0");
    int status = 0;
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY);
        if (fd < 0) {
            fprintf(2, "cat: cannot open %s\n", argv[i]);
            status = 1;
            continue;
        }
        status |= copy(fd, argv[i]);
        close(fd);
    }
    return status;
}
