// Inodes: files, directories and device nodes, as they are in memory while in use.
//
// An inode with references stays in memory and on the disk. A reference is one pointer.
// inode_share() makes another, inode_put() gives one up. Giving up the last one of a file without
// links removes the file from the disk.
#pragma once

#include "fs/format.h"
#include "lib/mutex.h"
#include "mm/user_access.h"

// The fields are for the files of fs alone.
struct inode {
    uint16_t number;    // guarded by the table's lock, as are references, next and idle_link
    atomic_bool loaded; // disk is what the disk says, or will say after the next commit
    uint32_t references;
    struct inode *next;
    struct list idle_link; // of those without references
    struct mutex mutex;    // guards disk once that is loaded
    struct fs_inode disk;
};

struct inode *inode_share(struct inode *inode);

// May sleep, and may write to the disk. No inode is locked, and no transaction is open.
void inode_put(struct inode *inode);

// Content, size and links are written under the lock. Readers share it.
static inline void inode_lock(struct inode *inode)
{
    mutex_lock(&inode->mutex);
}

static inline void inode_unlock(struct inode *inode)
{
    mutex_unlock(&inode->mutex);
}

static inline void inode_lock_shared(struct inode *inode)
{
    mutex_lock_shared(&inode->mutex);
}

static inline void inode_unlock_shared(struct inode *inode)
{
    mutex_unlock_shared(&inode->mutex);
}

static inline uint32_t inode_number(const struct inode *inode)
{
    return inode->number;
}

// Does not change while it is referred to.
static inline enum fs_type inode_type(const struct inode *inode)
{
    return inode->disk.type;
}

// Of a device.
static inline uint16_t inode_major(const struct inode *inode)
{
    return inode->disk.major;
}

// Bytes. Locked, as below: at least shared.
static inline uint64_t inode_size(const struct inode *inode)
{
    return inode->disk.size;
}

// Locked.
static inline uint16_t inode_links(const struct inode *inode)
{
    return inode->disk.links;
}

// Reads up to size bytes from offset on. Returns how many, 0 at and after the end, or -1 if the
// place is inaccessible or the disk fails. Locked.
int64_t inode_read(struct inode *inode, struct place to, uint64_t offset, uint64_t size);

// Writes size bytes at *offset, or at the end with append, and advances *offset. The file grows as
// needed. Returns the bytes written: fewer if the disk is full, the file reaches its largest size,
// or the disk fails; -1 if none were, or *offset lies after the end. If any part of the place
// cannot be read, -1, and nothing is written. The write is done in pieces, each a transaction that
// is on the disk when this returns. Up to MAXOPBLOCKS blocks are one piece, unless the log is
// smaller than usual. Takes the lock.
int64_t inode_write(struct inode *inode, struct place from, uint64_t *offset, uint64_t size,
                    bool append);

// Makes the file empty. 0, or -1 if the disk fails. Takes the lock.
int inode_truncate(struct inode *inode);
