// What the parts of the check share: check.c, check_volume.c, check_blocks.c, check_tree.c.
#pragma once

#include "check.h"
#include "fs/format.h"

// A block of a file's or directory's content.
struct content {
    uint32_t index; // in the file
    uint32_t block;
};

struct name {
    char bytes[FS_NAME_SIZE];
};

struct check {
    const uint8_t *image;
    size_t size;
    struct fs_super super;

    fs_report *report;
    void *context;
    size_t faults;

    // By block: the inode that uses it, the first one where there are several. 0: none.
    uint32_t *owner;
    // Blocks of content, each only once and by its owner: those of inode n are from start[n] on,
    // up to start[n + 1].
    struct content *contents;
    uint32_t *start;
    uint32_t content_count;

    // By inode: the directory in which it was found first, and its name there. 0: not found.
    uint32_t *parent;
    struct name *name;
    uint32_t *links; // by inode: entries that lead to it
    uint32_t *directories;
    uint32_t directory_count; // of those found, in the order in which they were
};

// The place in a line: "inode 7 (/bin/sh)".
struct place {
    char text[640];
};

struct place place_of(const struct check *check, uint32_t inode);
struct place printable(const char *bytes, size_t size); // a name, up to its first zero

__attribute__((format(printf, 2, 3))) void report_fault(struct check *check, const char *format,
                                                        ...);
__attribute__((format(printf, 2, 3))) void report_note(struct check *check, const char *format,
                                                       ...);

const uint8_t *checked_block(const struct check *check, uint32_t block);
struct fs_inode checked_inode(const struct check *check, uint32_t number);
uint32_t blocks_of_size(uint32_t size); // of content, for so many bytes

// check_volume.c: the superblock, the log and the bitmap.
bool check_super(struct check *check); // false: nothing else can be checked
void check_log(struct check *check);
void check_bitmap(struct check *check);

// check_blocks.c: finds owners and contents, and reports what is wrong with inodes and addresses.
void check_blocks(struct check *check);

// check_tree.c: walks all directories that can be reached, with owners and contents.
void check_tree(struct check *check);
void check_links(struct check *check);

// Calls visit for each entry in use, with its place in the directory, until it returns false.
typedef void visit_entry(struct check *check, uint32_t directory, uint32_t position,
                         const struct fs_entry *entry, void *context);
void for_each_entry(struct check *check, uint32_t directory, visit_entry *visit, void *context);
