// Inodes in memory, for the files of fs: how they come from the disk and go there.
#pragma once

#include "fs/inode.h"
#include "fs/log.h"

// Boot, or a new start: memory for this number at once. False: not enough.
bool inode_table_init(size_t inodes);

// Mount: finds out which inodes are in use, and removes files without an entry, which a power cut
// has left. 0, or what is wrong.
const char *inode_table_mount(void);

// A reference to the inode with this number. 0 if there is none, it is damaged, too many are in
// use, or the disk fails. May be called with other inodes locked.
struct inode *inode_get(uint32_t number);

// A reference to a new inode, which starts as the given one, without links. Unless the caller
// changes that, giving up the last reference removes it from the disk. 0 if there is none, or the
// disk fails. Adds one block to the transaction.
struct inode *inode_create(struct operation *operation, const struct fs_inode *initial);

// Adds the inode as it is in memory to the transaction: one block. Never fails if that block is in
// the transaction already. 0, or -1 if the disk fails. Locked.
int inode_store(struct operation *operation, const struct inode *inode);
