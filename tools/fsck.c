// Checks the image of a disk and names each fault in a line. Never writes to it.
#include <argp.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { CLEAN = 0, FAULTY = 1, NOT_CHECKED = 2 };

struct arguments {
    bool replay, list, verbose;
    const char *image;
};

static const struct argp_option options[] = {
    {"replay", 'r', 0, 0,
     "First write what is committed in the log to its place, as a mount does; in memory, not in "
     "IMAGE",
     0},
    {"list", 'l', 0, 0, "List what is on the disk: inode, type, links, size, path", 0},
    {"verbose", 'v', 0, 0, "Say how much is in use, and that there is no fault", 0},
    {0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'r':
        return arguments->replay = true, 0;
    case 'l':
        return arguments->list = true, 0;
    case 'v':
        return arguments->verbose = true, 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "'%s' is one argument too many", text);
        arguments->image = text;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 1)
            argp_error(state, "IMAGE is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = parse,
    .args_doc = "IMAGE",
    .doc = "Checks the file system in IMAGE, and names each fault in a line.\v"
           "Lines that begin with 'note:' tell of what the next mount puts right.\n"
           "The status is 0 where there is no fault, 1 where there are some, and 2 where IMAGE "
           "cannot be read or is no file system.",
};

// The file in memory; what is written there does not get into the file.
static uint8_t *read_image(const char *path, size_t *size)
{
    int file = open(path, O_RDONLY);
    struct stat stat;
    if (file < 0 || fstat(file, &stat) < 0)
        err(NOT_CHECKED, "%s", path);
    if (!S_ISREG(stat.st_mode))
        errx(NOT_CHECKED, "%s: not a file", path);
    if (stat.st_size == 0)
        errx(NOT_CHECKED, "%s: empty, not a file system", path);
    *size = (size_t)stat.st_size;
    uint8_t *image = mmap(0, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
    if (image == MAP_FAILED)
        err(NOT_CHECKED, "%s", path);
    close(file);
    return image;
}

static void print_finding(void *context, enum fs_finding finding, const char *line)
{
    (void)context;
    printf("%s%s\n", finding == FS_NOTE ? "note: " : "", line);
}

static void print_line(void *context, const char *line)
{
    (void)context;
    puts(line);
}

static void print_summary(const struct fs_summary *summary)
{
    printf("%" PRIu32 " of %" PRIu32 " blocks free, %" PRIu32 " of %" PRIu32
           " inodes free; %" PRIu32 " directories, %" PRIu32 " files, %" PRIu32 " devices\n",
           summary->free_blocks, summary->blocks, summary->free_inodes, summary->inodes,
           summary->directories, summary->files, summary->devices);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    argp_err_exit_status = NOT_CHECKED;
    argp_parse(&parser, argc, argv, 0, 0, &arguments);

    size_t size;
    uint8_t *image = read_image(arguments.image, &size);
    if (!fs_recognise(image, size))
        errx(NOT_CHECKED, "%s: not a file system: the magic number is missing", arguments.image);
    size_t replayed = arguments.replay ? fs_replay(image, size) : 0;
    if (replayed > 0)
        printf("note: log: a commit of %zu blocks was written to its place\n", replayed);
    size_t faults = fs_check(image, size, print_finding, 0);
    if (arguments.list)
        fs_list(image, size, print_line, 0);
    if (arguments.verbose && faults == 0) {
        struct fs_summary summary = fs_summarise(image);
        print_summary(&summary);
        puts("no faults");
    }
    if (fflush(stdout) != 0)
        err(NOT_CHECKED, "standard output");
    return faults > 0 ? FAULTY : CLEAN;
}
