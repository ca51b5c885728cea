// Directories: what is in them, and who leads where.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check_state.h"

enum { ENTRIES_PER_BLOCK = FS_BLOCK_SIZE / sizeof(struct fs_entry) };

void for_each_entry(struct check *check, uint32_t directory, visit_entry *visit, void *context)
{
    uint32_t entries = checked_inode(check, directory).size / sizeof(struct fs_entry);
    for (uint32_t i = check->start[directory]; i < check->start[directory + 1]; i++) {
        uint32_t first = check->contents[i].index * ENTRIES_PER_BLOCK;
        const uint8_t *block = checked_block(check, check->contents[i].block);
        for (uint32_t k = 0; k < ENTRIES_PER_BLOCK && first + k < entries; k++) {
            struct fs_entry entry;
            memcpy(&entry, block + k * sizeof(entry), sizeof(entry));
            if (entry.inode || first + k < 2)
                visit(check, directory, first + k, &entry, context);
        }
    }
}

static bool is_called(const struct fs_entry *entry, const char *name)
{
    return strncmp(entry->name, name, sizeof(entry->name)) == 0;
}

// The entries "." and "..", which lead to a directory itself and to the one that it is in.
static void check_dots(struct check *check, uint32_t directory, uint32_t position,
                       const struct fs_entry *entry)
{
    const char *name = position == 0 ? "." : "..";
    uint32_t right = position == 0 || directory == FS_ROOT ? directory : check->parent[directory];
    if (!is_called(entry, name))
        report_fault(check, "%s: entry %" PRIu32 " is called '%s', and should be '%s'",
                     place_of(check, directory).text, position,
                     printable(entry->name, sizeof(entry->name)).text, name);
    else if (entry->inode != right)
        report_fault(check, "%s: '%s' leads to inode %" PRIu16 ", and should lead to %" PRIu32,
                     place_of(check, directory).text, name, entry->inode, right);
}

static void check_name(struct check *check, uint32_t directory, uint32_t position,
                       const struct fs_entry *entry)
{
    size_t length = strnlen(entry->name, sizeof(entry->name));
    if (length == 0)
        report_fault(check, "%s: entry %" PRIu32 ", of inode %" PRIu16 ", has no name",
                     place_of(check, directory).text, position, entry->inode);
    if (is_called(entry, ".") || is_called(entry, ".."))
        report_fault(check, "%s: entry %" PRIu32 " is called '%s' too",
                     place_of(check, directory).text, position, entry->name);
    if (memchr(entry->name, '/', length))
        report_fault(check, "%s: the name '%s' has a / in it", place_of(check, directory).text,
                     printable(entry->name, length).text);
    for (size_t i = length; i < sizeof(entry->name); i++) {
        if (!entry->name[i])
            continue;
        report_fault(check, "%s: the name '%s' is not filled up with zeroes",
                     place_of(check, directory).text, printable(entry->name, length).text);
        return;
    }
}

static void check_target(struct check *check, uint32_t directory, const struct fs_entry *entry)
{
    struct place name = printable(entry->name, sizeof(entry->name));
    uint32_t target = entry->inode;
    if (target >= check->super.inodes) {
        report_fault(check, "%s: '%s' leads to inode %" PRIu32 ", and the last is %" PRIu32,
                     place_of(check, directory).text, name.text, target, check->super.inodes - 1);
        return;
    }
    uint16_t type = checked_inode(check, target).type;
    if (type == FS_FREE) {
        report_fault(check, "%s: '%s' leads to inode %" PRIu32 ", which is free",
                     place_of(check, directory).text, name.text, target);
        return;
    }
    check->links[target]++;
    bool is_directory = type == FS_DIRECTORY;
    if (is_directory && (target == FS_ROOT || check->parent[target]))
        report_fault(check, "%s: '%s' leads to a directory that has a name already: %s",
                     place_of(check, directory).text, name.text, place_of(check, target).text);
    if (target == FS_ROOT || check->parent[target])
        return;
    check->parent[target] = directory;
    memcpy(check->name[target].bytes, entry->name, sizeof(entry->name));
    if (is_directory)
        check->directories[check->directory_count++] = target;
}

// The names of a directory, to look for equal ones.
struct names {
    struct name *names;
    size_t count;
};

static void check_entry(struct check *check, uint32_t directory, uint32_t position,
                        const struct fs_entry *entry, void *context)
{
    struct names *names = context;
    if (position < 2) {
        check_dots(check, directory, position, entry);
        return;
    }
    check_name(check, directory, position, entry);
    check_target(check, directory, entry);
    memcpy(names->names[names->count++].bytes, entry->name, sizeof(entry->name));
}

static int compare_names(const void *left, const void *right)
{
    const struct name *a = left, *b = right;
    return strncmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static void check_directory(struct check *check, uint32_t directory)
{
    size_t blocks = check->start[directory + 1] - check->start[directory];
    struct names names = {.names = calloc(blocks * ENTRIES_PER_BLOCK + 1, sizeof(struct name))};
    if (!names.names) {
        report_fault(check, "%s: not checked: no memory", place_of(check, directory).text);
        return;
    }
    for_each_entry(check, directory, check_entry, &names);
    qsort(names.names, names.count, sizeof(*names.names), compare_names);
    for (size_t i = 1; i < names.count; i++)
        if (compare_names(&names.names[i - 1], &names.names[i]) == 0)
            report_fault(check, "%s: two entries are called '%s'", place_of(check, directory).text,
                         printable(names.names[i].bytes, FS_NAME_SIZE).text);
    free(names.names);
}

void check_tree(struct check *check)
{
    if (checked_inode(check, FS_ROOT).type != FS_DIRECTORY)
        return;
    check->directories[check->directory_count++] = FS_ROOT;
    for (uint32_t i = 0; i < check->directory_count; i++)
        check_directory(check, check->directories[i]);
}

void check_links(struct check *check)
{
    for (uint32_t number = FS_ROOT; number < check->super.inodes; number++) {
        struct fs_inode inode = checked_inode(check, number);
        uint32_t right = check->links[number] + (number == FS_ROOT);
        if (inode.type == FS_FREE || inode.links == right) {
            if (inode.type != FS_FREE && right == 0)
                report_note(check,
                            "inode %" PRIu32
                            ": has no name any more, as a file that was removed while it "
                            "was open; the next mount frees it",
                            number);
            continue;
        }
        if (right == 0)
            report_fault(
                check, "inode %" PRIu32 ": lost: it says that it has %" PRIu16 " %s, and has none",
                number, inode.links, inode.links == 1 ? "name" : "names");
        else
            report_fault(check, "%s: it says that it has %" PRIu16 " %s, and has %" PRIu32,
                         place_of(check, number).text, inode.links,
                         inode.links == 1 ? "name" : "names", right);
    }
}
