#include "machine.h"
#include "check.h"
#include "fs/mount.h"
#include "lib/print.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BOOT_MEMORY = 64 };

static void *boot_memory[MAX_BOOT_MEMORY];
static unsigned boot_memory_count;
static unsigned line_count;
static bool lines_shown;
static const char *user_memory;
static uint64_t user_size;

// Memory: each piece an allocation of its own, so that the address sanitizer sees its ends.

void *frame_boot_alloc(size_t bytes)
{
    if (boot_memory_count == MAX_BOOT_MEMORY)
        abort();
    void *memory = aligned_alloc(PAGE_SIZE, align_up(bytes, PAGE_SIZE));
    boot_memory[boot_memory_count++] = memory;
    return memset(memory, 0, align_up(bytes, PAGE_SIZE));
}

void shut_down(void)
{
    while (boot_memory_count)
        free(boot_memory[--boot_memory_count]);
}

void boot(uint64_t frames, uint64_t procs)
{
    shut_down();
    if (!fs_init(frames, procs))
        abort();
}

// The console.

void print(const char *format, ...)
{
    va_list arguments;
    line_count++;
    va_start(arguments, format);
    if (lines_shown)
        vfprintf(stderr, format, arguments);
    va_end(arguments);
}

void panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "panic: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    abort();
}

unsigned lines_printed(void)
{
    unsigned count = line_count;
    line_count = 0;
    return count;
}

void show_lines(bool show)
{
    lines_shown = show;
}

// User memory.

void set_user_memory(const void *begin, uint64_t size)
{
    user_memory = begin;
    user_size = size;
}

static bool is_users(uint64_t address, size_t size)
{
    uint64_t begin = (uint64_t)user_memory;
    return address >= begin && size <= user_size && address - begin <= user_size - size;
}

int copy_to_place(struct place to, uint64_t offset, const void *from, size_t size)
{
    if (to.user && !is_users(to.address + offset, size))
        return -1;
    memcpy((char *)to.address + offset, from, size);
    return 0;
}

int copy_from_place(void *to, struct place from, uint64_t offset, size_t size)
{
    if (from.user && !is_users(from.address + offset, size))
        return -1;
    memcpy(to, (const char *)from.address + offset, size);
    return 0;
}

// An empty file system.

static uint32_t divide_up(uint32_t value, uint32_t by)
{
    return (value + by - 1) / by;
}

static struct fs_super make_super(const struct shape *shape)
{
    struct fs_super super = {
        .magic = FS_MAGIC,
        .version = FS_VERSION,
        .block_size = FS_BLOCK_SIZE,
        .blocks = shape->blocks,
        .log_start = 1,
        .log_blocks = shape->log_blocks,
        .inode_start = 1 + shape->log_blocks,
        .inodes = shape->inodes,
    };
    super.bitmap_start = super.inode_start + divide_up(super.inodes, FS_INODES_PER_BLOCK);
    super.data_start = super.bitmap_start + divide_up(super.blocks, 8 * FS_BLOCK_SIZE);
    super.checksum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)&super,
                                 offsetof(struct fs_super, checksum) / 4);
    return super;
}

void format(uint8_t *image, const struct shape *shape)
{
    struct fs_super super = make_super(shape);
    memcpy(image, &super, sizeof super);
    struct fs_log_header header = {.magic = FS_LOG_MAGIC};
    header.checksum = fs_checksum(FS_CHECKSUM_START, (const uint32_t *)&header,
                                  offsetof(struct fs_log_header, checksum) / 4);
    memcpy(image + FS_BLOCK_SIZE, &header, sizeof header);
    struct fs_inode root = {.type = FS_DIRECTORY, .links = 1, .size = 2 * sizeof(struct fs_entry)};
    root.address[0] = super.data_start;
    memcpy(image + super.inode_start * FS_BLOCK_SIZE + FS_ROOT * sizeof root, &root, sizeof root);
    const struct fs_entry entries[] = {{FS_ROOT, "."}, {FS_ROOT, ".."}};
    memcpy(image + super.data_start * FS_BLOCK_SIZE, entries, sizeof entries);
    uint8_t *bitmap = image + super.bitmap_start * FS_BLOCK_SIZE;
    for (uint32_t block = 0; block <= super.data_start; block++)
        bitmap[block / 8] |= 1 << block % 8;
}

// The check.

struct findings {
    bool show;
    unsigned notes;
};

// A header of the log that a power cut has torn stays until the next commit: no note counts that.
static void take_finding(void *context, enum fs_finding finding, const char *line)
{
    struct findings *findings = context;
    findings->notes += finding == FS_NOTE && !strstr(line, "the header is torn");
    if (findings->show)
        fprintf(stderr, "%s: %s\n", finding == FS_NOTE ? "note" : "fault", line);
}

uint8_t *replayed(const uint8_t *image, uint64_t size)
{
    static uint8_t *copy;
    static uint64_t copy_size;
    if (copy_size < size) {
        free(copy);
        copy = malloc(size);
        copy_size = size;
    }
    memcpy(copy, image, size);
    fs_replay(copy, size);
    return copy;
}

unsigned faults_on(const uint8_t *image, uint64_t size, bool show, unsigned *notes)
{
    struct findings findings = {.show = show};
    uint8_t *copy = replayed(image, size);
    unsigned faults = fs_check(copy, size, take_finding, &findings);
    *notes = findings.notes;
    return faults;
}
