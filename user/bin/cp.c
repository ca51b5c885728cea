// cp FROM TO: copies a file. Where TO is a directory, into it.

#include "kernel/fcntl.h"
#include "kernel/param.h"
#include "kernel/stat.h"
#include "user/cowshed.h"
#include "user/user.h"

static char buffer[4096];
static char inside[MAXPATH];

// The path of the copy; 0 where it is too long.
static const char *target(const char *from, const char *to)
{
    struct stat st;
    if (stat(to, &st) < 0 || st.type != T_DIR)
        return to;
    const char *name = last_name(from);
    uint length = strlen(to);
    if (length + 1 + strlen(name) + 1 > sizeof(inside))
        return 0;
    memcpy(inside, to, length);
    inside[length] = '/';
    strcpy(inside + length + 1, name);
    return inside;
}

static int same_file(const struct stat *from, const char *to)
{
    struct stat st;
    return stat(to, &st) == 0 && st.dev == from->dev && st.ino == from->ino;
}

// Returns the exit status.
static int copy(int in, int out, const char *from, const char *to)
{
    int size;
    while ((size = read(in, buffer, sizeof(buffer))) > 0) {
        if (write_all(out, buffer, size)) {
            fprintf(2, "cp: cannot write %s\n", to);
            return 1;
        }
    }
    if (size < 0)
        fprintf(2, "cp: cannot read %s\n", from);
    return size < 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(2, "usage: cp FROM TO\n");
        return 1;
    }
    const char *from = argv[1];
    const char *to = target(from, argv[2]);
    struct stat st;
    int in = open(from, O_RDONLY);
    if (in < 0 || fstat(in, &st) < 0 || st.type == T_DIR) {
        fprintf(2, in < 0 ? "cp: cannot open %s\n" : "cp: %s is a directory\n", from);
        return 1;
    }
    if (!to) {
        fprintf(2, "cp: the path %s/%s is too long\n", argv[2], last_name(from));
        return 1;
    }
    if (same_file(&st, to)) {
        fprintf(2, "cp: %s and %s are the same file\n", from, to);
        return 1;
    }
    int out = open(to, O_WRONLY | O_CREATE | O_TRUNC);
    if (out < 0) {
        fprintf(2, "cp: cannot write %s\n", to);
        return 1;
    }
    return copy(in, out, from, to);
}
