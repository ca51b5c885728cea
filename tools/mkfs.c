// Makes the image of a disk from a folder of the host. The image depends on names and contents
// alone: not on times, owners, modes, or where the folder is.
#define _GNU_SOURCE

#include <argp.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "tree.h"

enum { MIN_INODES = 2, MAX_LOG_BLOCKS = 1 + FS_LOG_LIMIT };

struct device {
    char *path;
    uint16_t major, minor;
};

struct arguments {
    struct wishes wishes;
    struct device *devices;
    size_t device_count;
    const char *image, *folder;
};

enum { OPTION_SIZE = 256, OPTION_INODES, OPTION_LOG, OPTION_DEVICE };

static const struct argp_option options[] = {
    {"size", OPTION_SIZE, "SIZE", 0,
     "Bytes of the disk, a multiple of 1024; K, M and G at the end are units of 1024 (default: a "
     "quarter more than the folder needs and 1M more, at least 4M)",
     0},
    {"inodes", OPTION_INODES, "N", 0,
     "How many inodes, which is one more than files, directories and devices there can be "
     "(default: one for each 8K of the disk)",
     0},
    {"log", OPTION_LOG, "BLOCKS", 0,
     "Blocks of the log, 11 to 252 (default: an eighth of the disk, within these limits)", 0},
    {"device", OPTION_DEVICE, "PATH:MAJOR:MINOR", 0,
     "Make a device on the disk; its directory is in FOLDER. May be given several times", 0},
    {0},
};

// A number from minimum to maximum, at the end of the text or before the character `end`, to which
// *rest is set.
static bool parse_number(const char *text, uint64_t minimum, uint64_t maximum, const char **rest,
                         uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoumax(text, &end, 10);
    *rest = end;
    return isdigit((unsigned char)*text) && !errno && *value >= minimum && *value <= maximum;
}

static uint32_t parse_count(struct argp_state *state, const char *option, const char *text,
                            uint32_t minimum, uint32_t maximum)
{
    const char *rest;
    uint64_t value;
    if (!parse_number(text, minimum, maximum, &rest, &value) || *rest)
        argp_error(state, "--%s is '%s'; it is a number from %" PRIu32 " to %" PRIu32, option, text,
                   minimum, maximum);
    return (uint32_t)value;
}

// Blocks.
static uint64_t parse_size(struct argp_state *state, const char *text)
{
    static const char units[] = "KMG";
    const uint64_t maximum = (uint64_t)UINT32_MAX * FS_BLOCK_SIZE;
    const char *rest, *unit;
    uint64_t size, shift = 0;
    bool good = parse_number(text, 1, maximum, &rest, &size);
    if (good && *rest && (unit = strchr(units, *rest))) {
        shift = 10 * (uint64_t)(unit - units + 1);
        rest++;
    }
    if (!good || *rest || size > maximum >> shift || (size << shift) % FS_BLOCK_SIZE)
        argp_error(state,
                   "--size is '%s'; it is a multiple of 1024 such as 16M, and less than 4096G",
                   text);
    return (size << shift) / FS_BLOCK_SIZE;
}

static void parse_device(struct argp_state *state, struct arguments *arguments, const char *text)
{
    uint64_t major, minor;
    const char *rest = text;
    const char *first = strchr(text, ':');
    if (!first || first == text || !parse_number(first + 1, 0, UINT16_MAX, &rest, &major) ||
        *rest != ':' || !parse_number(rest + 1, 0, UINT16_MAX, &rest, &minor) || *rest)
        argp_error(state, "--device is '%s'; it is PATH:MAJOR:MINOR with numbers from 0 to %d",
                   text, UINT16_MAX);
    size_t count = ++arguments->device_count;
    arguments->devices = reallocarray(arguments->devices, count, sizeof(*arguments->devices));
    char *path = strndup(text, first ? (size_t)(first - text) : 0);
    if (!arguments->devices || !path)
        err(1, "no memory for the options");
    arguments->devices[count - 1] = (struct device){path, (uint16_t)major, (uint16_t)minor};
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_SIZE:
        arguments->wishes.blocks = parse_size(state, text);
        return 0;
    case OPTION_INODES:
        arguments->wishes.inodes = parse_count(state, "inodes", text, MIN_INODES, FS_MAX_INODES);
        return 0;
    case OPTION_LOG:
        arguments->wishes.log_blocks = parse_count(state, "log", text, FS_LOG_MIN, MAX_LOG_BLOCKS);
        return 0;
    case OPTION_DEVICE:
        parse_device(state, arguments, text);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "'%s' is one argument too many", text);
        *(state->arg_num ? &arguments->folder : &arguments->image) = text;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 2)
            argp_error(state, "IMAGE and FOLDER are needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = parse,
    .args_doc = "IMAGE FOLDER",
    .doc = "Makes IMAGE, a disk that holds the files, folders and hard links in FOLDER.\v"
           "The same folder always gives the same image, to the byte. An IMAGE that exists is "
           "replaced when the new one is complete, and not before.",
};

static void write_all(int file, const char *path, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0) {
            int why = errno;
            unlink(path);
            errno = why;
            err(1, "%s", path);
        }
        bytes += written;
        size -= (size_t)written;
    }
}

// Writes to a file beside the image's, which then takes its place.
static void write_image(const struct image *image, const char *path)
{
    struct stat old;
    if (stat(path, &old) == 0 && !S_ISREG(old.st_mode))
        errx(1, "%s: exists and is not a file", path);
    char *new_path;
    if (asprintf(&new_path, "%s.XXXXXX", path) < 0)
        err(1, "%s", path);
    int file = mkstemp(new_path);
    if (file < 0)
        err(1, "%s", path);
    write_all(file, new_path, image->bytes, (size_t)image->used * FS_BLOCK_SIZE);
    mode_t mask = umask(0);
    if (ftruncate(file, (off_t)image->super.blocks * FS_BLOCK_SIZE) < 0 ||
        fchmod(file, 0666 & ~mask) < 0 || close(file) < 0 || rename(new_path, path) < 0) {
        int why = errno;
        unlink(new_path);
        errno = why;
        err(1, "%s", path);
    }
    free(new_path);
}

// An image in its own folder would be content of the next one.
static void check_places(const char *image, const char *folder)
{
    char *copy = strdup(image);
    if (!copy)
        err(1, "%s", image);
    char *image_folder = realpath(dirname(copy), 0), *top = realpath(folder, 0);
    size_t length = top ? strlen(top) : 0;
    if (image_folder && top && strncmp(image_folder, top, length) == 0 &&
        (image_folder[length] == '/' || !image_folder[length] || length == 1))
        errx(1, "%s: in the folder of which it is to be an image: %s", image, folder);
    free(image_folder);
    free(top);
    free(copy);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    argp_err_exit_status = 2;
    argp_parse(&parser, argc, argv, 0, 0, &arguments);

    check_places(arguments.image, arguments.folder);
    struct tree tree;
    tree_read(&tree, arguments.folder);
    for (size_t i = 0; i < arguments.device_count; i++) {
        struct device *device = &arguments.devices[i];
        tree_add_device(&tree, device->path, device->major, device->minor);
    }
    tree_sort(&tree);

    struct image image = {0};
    image_plan(&image, &tree, &arguments.wishes);
    image_fill(&image, &tree);
    write_image(&image, arguments.image);
    return 0;
}
