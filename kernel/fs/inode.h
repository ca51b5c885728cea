// Inodes: files, directories and device nodes, as they are in memory while someone uses them.
//
// An inode that someone refers to stays in memory and on the disk. A reference is one pointer;
// inode_share() makes another, inode_put() gives one up, and the last one of a file without links
// takes the file off the disk.
#pragma once

#include "fs/format.h"
#include "lib/mutex.h"
#include "mm/user_access.h"

struct inode; // its fields: below, for the files of fs alone

struct inode *inode_share(struct inode *inode);

// May sleep, and may write to the disk. No inode is locked, and no transaction is open.
void inode_put(struct inode *inode);

// Content and size are read, and written, under the lock.
void inode_lock(struct inode *inode);
void inode_unlock(struct inode *inode);

uint32_t inode_number(const struct inode *inode);
enum fs_type inode_type(const struct inode *inode); // does not change while it is referred to
uint16_t inode_major(const struct inode *inode);    // of a device
uint64_t inode_size(const struct inode *inode);     // bytes; locked
uint16_t inode_links(const struct inode *inode);    // locked

// Reads up to size bytes from offset on. How many: 0 at and behind the end; -1 where the place
// cannot be reached or the disk fails. Locked.
int64_t inode_read(struct inode *inode, struct place to, uint64_t offset, uint64_t size);

// Writes size bytes at *offset, or with append at the end, and moves *offset behind what was
// written. The file grows as needed; a gap reads as zeroes. How many bytes were written: fewer
// where the disk is full or the file as large as one can be; -1 where that is none, where the
// place cannot be read, or where the disk fails. Each piece of up to FS_WRITE_PIECE bytes is a
// transaction, on the disk when this returns. Takes the lock itself.
int64_t inode_write(struct inode *inode, struct place from, uint64_t *offset, uint64_t size,
                    bool append);

// Makes the file empty. 0, or -1 where the disk fails. Takes the lock itself.
int inode_truncate(struct inode *inode);
