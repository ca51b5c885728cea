#include "check.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_state.h"

enum { LINE_SIZE = 2048, MAX_PATH = 512 };

static void report(struct check *check, enum fs_finding finding, const char *format, va_list values)
{
    char line[LINE_SIZE];
    vsnprintf(line, sizeof(line), format, values);
    check->report(check->context, finding, line);
}

void report_fault(struct check *check, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    report(check, FS_FAULT, format, values);
    va_end(values);
    check->faults++;
}

void report_note(struct check *check, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    report(check, FS_NOTE, format, values);
    va_end(values);
}

const uint8_t *checked_block(const struct check *check, uint32_t block)
{
    return check->image + (size_t)block * FS_BLOCK_SIZE;
}

struct fs_inode checked_inode(const struct check *check, uint32_t number)
{
    struct fs_inode inode;
    memcpy(&inode, checked_block(check, check->super.inode_start) + number * sizeof(inode),
           sizeof(inode));
    return inode;
}

uint32_t blocks_of_size(uint32_t size)
{
    return size / FS_BLOCK_SIZE + (size % FS_BLOCK_SIZE != 0);
}

struct place printable(const char *bytes, size_t size)
{
    struct place place = {0};
    size_t length = 0;
    for (size_t i = 0; i < size && bytes[i] && length + 5 < sizeof(place.text); i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '\\')
            length += (size_t)sprintf(place.text + length, "\\\\");
        else if (byte >= ' ' && byte < 0x7f)
            place.text[length++] = bytes[i];
        else
            length += (size_t)sprintf(place.text + length, "\\x%02x", byte);
    }
    return place;
}

// Written from its end to its begin. The begin of a path that is very long is left out.
static struct place path_of(const struct check *check, uint32_t number)
{
    struct place path = {0};
    char reversed[MAX_PATH];
    size_t begin = sizeof(reversed) - 1;
    reversed[begin] = 0;
    while (number != FS_ROOT && check->parent[number]) {
        struct place name = printable(check->name[number].bytes, FS_NAME_SIZE);
        size_t length = strlen(name.text);
        if (length + 1 + 3 > begin) {
            memcpy(reversed + (begin -= 3), "...", 3);
            break;
        }
        memcpy(reversed + (begin -= length), name.text, length);
        reversed[--begin] = '/';
        number = check->parent[number];
    }
    strcpy(path.text, reversed[begin] ? reversed + begin : "/");
    return path;
}

struct place place_of(const struct check *check, uint32_t inode)
{
    struct place place;
    if (inode == FS_ROOT || check->parent[inode])
        snprintf(place.text, sizeof(place.text), "inode %" PRIu32 " (%.*s)", inode, MAX_PATH,
                 path_of(check, inode).text);
    else
        snprintf(place.text, sizeof(place.text), "inode %" PRIu32, inode);
    return place;
}

bool fs_recognise(const uint8_t *image, size_t size)
{
    uint32_t magic = 0;
    if (size >= FS_BLOCK_SIZE)
        memcpy(&magic, image, sizeof(magic));
    return magic == FS_MAGIC;
}

static void release(struct check *check)
{
    free(check->owner);
    free(check->contents);
    free(check->start);
    free(check->parent);
    free(check->name);
    free(check->links);
    free(check->directories);
}

static bool allocate(struct check *check)
{
    size_t blocks = check->super.blocks, inodes = check->super.inodes;
    check->owner = calloc(blocks, sizeof(*check->owner));
    check->contents = calloc(blocks, sizeof(*check->contents));
    check->start = calloc(inodes + 1, sizeof(*check->start));
    check->parent = calloc(inodes, sizeof(*check->parent));
    check->name = calloc(inodes, sizeof(*check->name));
    check->links = calloc(inodes, sizeof(*check->links));
    check->directories = calloc(inodes, sizeof(*check->directories));
    if (check->owner && check->contents && check->start && check->parent && check->name &&
        check->links && check->directories)
        return true;
    report_fault(check, "not checked: no memory for a disk of %zu blocks", blocks);
    release(check);
    return false;
}

static void ignore(void *context, enum fs_finding finding, const char *line)
{
    (void)context, (void)finding, (void)line;
}

// Finds contents and owners without a word: the tree needs them to be found, and reports about
// them need the tree, which has the paths.
static void find_blocks(struct check *check)
{
    struct check silent = *check;
    silent.report = ignore;
    check_blocks(&silent);
    check->content_count = silent.content_count;
}

size_t fs_check(const uint8_t *image, size_t size, fs_report *report_to, void *context)
{
    struct check check = {.image = image, .size = size, .report = report_to, .context = context};
    if (!check_super(&check))
        return check.faults;
    check_log(&check);
    if (!allocate(&check))
        return check.faults;
    find_blocks(&check);
    check_tree(&check);
    check_blocks(&check);
    check_links(&check);
    check_bitmap(&check);
    release(&check);
    return check.faults;
}

struct list {
    fs_list_line *line;
    void *context;
};

static void list_name(struct check *check, uint32_t number, const struct list *list,
                      const char *path)
{
    static const char *const types[] = {"free", "directory", "file", "device"};
    struct fs_inode inode = checked_inode(check, number);
    char size[24], line[LINE_SIZE];
    if (inode.type == FS_DEVICE)
        snprintf(size, sizeof(size), "%" PRIu16 ":%" PRIu16, inode.major, inode.minor);
    else
        snprintf(size, sizeof(size), "%" PRIu32, inode.size);
    snprintf(line, sizeof(line), "%5" PRIu32 " %-9s %5" PRIu16 " %9s %s", number,
             inode.type > FS_DEVICE ? "damaged" : types[inode.type], inode.links, size, path);
    list->line(list->context, line);
}

static void list_entry(struct check *check, uint32_t directory, uint32_t position,
                       const struct fs_entry *entry, void *context)
{
    if (position < 2 || entry->inode >= check->super.inodes)
        return;
    struct place above = path_of(check, directory);
    char path[LINE_SIZE];
    snprintf(path, sizeof(path), "%s/%s", directory == FS_ROOT ? "" : above.text,
             printable(entry->name, FS_NAME_SIZE).text);
    list_name(check, entry->inode, context, path);
}

void fs_list(const uint8_t *image, size_t size, fs_list_line *line, void *context)
{
    struct check check = {.image = image, .size = size, .report = ignore};
    struct list list = {line, context};
    if (!check_super(&check) || !allocate(&check))
        return;
    find_blocks(&check);
    check_tree(&check);
    if (check.directory_count > 0)
        list_name(&check, FS_ROOT, &list, "/");
    for (uint32_t i = 0; i < check.directory_count; i++)
        for_each_entry(&check, check.directories[i], list_entry, &list);
    release(&check);
}
