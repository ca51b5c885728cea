// The content of a directory: entries, each with a name and the number of an inode.
//
// Locked: the directory's lock is held. The caller has no buffer. dir is a directory.
#pragma once

#include "fs/inode.h"
#include "fs/log.h"

// A name, as an entry has it. The entry's inode is 0.
union name {
    struct fs_entry entry;
    uint64_t words[2]; // compared faster than bytes
};

// Where an entry was found, or can be added.
struct slot {
    uint32_t offset; // bytes, in the directory
    uint32_t inode;  // 0: unused
};

// Looks a name up. 1: it is there. 0: it is not, and *slot is where it could be added. -1: the disk
// fails or is damaged. Locked.
int directory_find(const struct inode *dir, const union name *name, struct slot *slot);

// Puts an entry into a slot that directory_find() has found to be unused; adds up to
// CONTENT_MAKE_BLOCKS + 1 blocks to the transaction. 0, or -1 if there is no room or the disk
// fails: then nothing has changed. Locked.
int directory_add(struct operation *operation, struct inode *dir, const struct slot *slot,
                  const union name *name, uint32_t inode);

// Removes an entry: one block. 0, or -1 if the disk fails. Locked.
int directory_remove(struct operation *operation, struct inode *dir, const struct slot *slot);

// Whether it has no entries except "." and "..". 1, 0, or -1 if the disk fails or is damaged.
// Locked.
int directory_is_empty(const struct inode *dir);

// Puts "." and ".." into a new directory; adds up to CONTENT_MAKE_BLOCKS + 1 blocks to the
// transaction. 0, or -1 if there is no room or the disk fails. Locked.
int directory_start(struct operation *operation, struct inode *dir, uint32_t parent_number);
