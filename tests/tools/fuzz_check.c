// Damages a disk image at random, again and again, and has it checked. The sanitizers tell when
// the check reads where it must not.
//
// usage: fuzz_check IMAGE SEED ROUNDS
//
// Most changes are to words of the superblock, the log's header, inodes, directories and blocks of
// addresses, and most new values are numbers that mean something there.
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fs/format.h"

static uint64_t random_state;

static uint32_t any(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static uint32_t below(uint32_t limit)
{
    return any() % limit;
}

static uint32_t any_value(const struct fs_super *super)
{
    switch (below(6)) {
    case 0:
        return any();
    case 1:
        return below(super->blocks + 2);
    case 2:
        return below(super->inodes + 2);
    case 3:
        return UINT32_MAX - below(3);
    case 4:
        return below(4) * FS_BLOCK_SIZE;
    default:
        return super->data_start + below(64);
    }
}

// The metadata lies in the first blocks, as mkfs makes a disk; some of it is content of files.
static void damage_word(uint8_t *image, const struct fs_super *super)
{
    uint32_t metadata = super->data_start + 64;
    uint32_t starts[] = {super->inode_start, super->data_start, super->log_start, 0};
    uint32_t block = below(2) ? below(metadata) : starts[below(4)] + below(2);
    uint32_t *words = (uint32_t *)(image + (size_t)block * FS_BLOCK_SIZE);
    uint32_t *word = &words[block == 0 ? below(11) : below(FS_ADDRESSES)];
    if (below(3) == 0)
        *word ^= 1u << below(32);
    else
        *word = any_value(super);
}

// Makes the checksums right, so that the check gets to what they guard.
static void seal(uint8_t *image)
{
    struct fs_super *super = (struct fs_super *)image;
    super->checksum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)super,
                                  offsetof(struct fs_super, checksum) / sizeof(uint32_t));
    struct fs_log_header *log = (struct fs_log_header *)(image + FS_BLOCK_SIZE);
    if (below(2))
        log->magic = FS_LOG_MAGIC;
    if (below(2))
        log->count = below(FS_LOG_LIMIT + 2);
    if (below(2))
        log->first = below(FS_LOG_LIMIT);
    if (log->count > FS_LOG_LIMIT)
        return;
    uint32_t sum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)log,
                               offsetof(struct fs_log_header, checksum) / sizeof(uint32_t));
    log->checksum = fs_checksum(sum, log->home, log->count);
}

static void count_line(void *context, enum fs_finding finding, const char *line)
{
    size_t *faults = context;
    *faults += finding == FS_FAULT;
    if (!*line || strchr(line, '\n'))
        errx(1, "a bad line: '%s'", line);
}

static void ignore_line(void *context, const char *line)
{
    (void)context, (void)line;
}

static size_t check(const uint8_t *image, size_t size)
{
    size_t reported = 0;
    size_t faults = fs_check(image, size, count_line, &reported);
    if (faults != reported)
        errx(1, "%zu faults, and %zu were reported", faults, reported);
    if (size < FS_BLOCK_SIZE && faults == 0)
        errx(1, "no fault in %zu bytes", size);
    fs_list(image, size, ignore_line, 0);
    return faults;
}

// One round. Whether a fault was found.
static bool try_damage(const uint8_t *good, size_t size)
{
    struct fs_super super;
    memcpy(&super, good, sizeof(super));
    uint8_t *image = malloc(size);
    memcpy(image, good, size);
    for (uint32_t i = 1 + below(20); i > 0; i--)
        damage_word(image, &super);
    if (below(4))
        seal(image);
    if (below(16) == 0)
        image = realloc(image, size = below((uint32_t)size) + 1);
    size_t faults = check(image, size);
    if (size >= FS_BLOCK_SIZE && fs_replay(image, size) > 0)
        check(image, size);
    free(image);
    return faults > 0;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: fuzz_check IMAGE SEED ROUNDS");
    FILE *file = fopen(argv[1], "rb");
    if (!file)
        err(2, "%s", argv[1]);
    static uint8_t good[1 << 20];
    size_t size = fread(good, 1, sizeof(good), file);
    fclose(file);
    if (check(good, size) != 0)
        errx(2, "%s: has faults already", argv[1]);

    random_state = strtoull(argv[2], 0, 0);
    unsigned long rounds = strtoul(argv[3], 0, 0), faulty = 0;
    for (unsigned long i = 0; i < rounds; i++)
        faulty += try_damage(good, size);
    printf("%lu of %lu damaged images had faults\n", faulty, rounds);
    return 0;
}
