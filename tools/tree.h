// What a new disk will hold: a folder of the host, read into memory.
//
// Whatever cannot be put on a disk ends the program with a message that names it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fs/format.h"

// A file, directory or device: one inode, with any number of names.
struct object {
    enum fs_type type;
    uint16_t major, minor;
    uint32_t number; // of the inode
    uint32_t links;
    char *path; // the first one, on the host
    uint8_t *content;
    size_t size, capacity; // bytes of content
};

struct tree {
    struct object **objects; // by number, from FS_ROOT on
    size_t count;            // one more than the highest number
    size_t capacity;
    void *shared; // files of the host that have several names, for tsearch()
};

// Reads the folder. Numbers follow from the names alone.
void tree_read(struct tree *tree, const char *folder);

// Adds a device. The directory that it is to be in exists.
void tree_add_device(struct tree *tree, const char *path, uint16_t major, uint16_t minor);

// Puts the entries of all directories in the order of their names. Last, once.
void tree_sort(struct tree *tree);
