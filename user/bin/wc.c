// wc [FILE...]: counts lines, words and bytes of the files, or of descriptor 0.

#include <stdbool.h>

#include "kernel/fcntl.h"
#include "user/user.h"

struct counts {
    uint64 lines, words, bytes;
};

static char buffer[4096];

// Adds up a file. Returns whether it could be read to its end.
static bool count(int fd, struct counts *counts)
{
    bool in_word = false;
    int size;
    while ((size = read(fd, buffer, sizeof(buffer))) > 0) {
        counts->bytes += size;
        for (int i = 0; i < size; i++) {
            bool blank = buffer[i] == ' ' || (buffer[i] >= '\t' && buffer[i] <= '\r');
            counts->lines += buffer[i] == '\n';
            counts->words += !blank && !in_word;
            in_word = !blank;
        }
    }
    return size == 0;
}

static void show(const struct counts *counts, const char *name)
{
    printf("%lu %lu %lu %s\n", counts->lines, counts->words, counts->bytes, name);
}

// Returns the exit status.
static int count_file(const char *name, struct counts *total)
{
    int fd = open(name, O_RDONLY);
    if (fd < 0) {
        fprintf(2, "wc: cannot open %s\n", name);
        return 1;
    }
    struct counts counts = {0};
    bool whole = count(fd, &counts);
    close(fd);
    if (!whole) {
        fprintf(2, "wc: cannot read %s\n", name);
        return 1;
    }
    show(&counts, name);
    total->lines += counts.lines;
    total->words += counts.words;
    total->bytes += counts.bytes;
    return 0;
}

int main(int argc, char **argv)
{
    struct counts total = {0};
    if (argc == 1) {
        if (!count(0, &total)) {
            fprintf(2, "wc: cannot read descriptor 0\n");
            return 1;
        }
        show(&total, "");
        return 0;
    }
    int status = 0;
    for (int i = 1; i < argc; i++)
        status |= count_file(argv[i], &total);
    if (argc > 2)
        show(&total, "total");
    return status;
}
