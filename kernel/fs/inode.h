// Inodes: files, directories and device nodes, as they are in memory while someone uses them.
//
// An inode that someone refers to stays in memory and on the disk. A reference is one pointer;
// inode_share() makes another, inode_put() gives one up, and the last one of a file without links
// takes the file off the disk.
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

// Content, size and links are written under the lock. Those who only read them share it.
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

// Reads up to size bytes from offset on. How many: 0 at and behind the end; -1 where the place
// cannot be reached or the disk fails. Locked.
int64_t inode_read(struct inode *inode, struct place to, uint64_t offset, uint64_t size);

// Writes size bytes at *offset, or with append at the end, and moves *offset behind what was
// written. The file grows as needed. How many bytes were written: fewer where the disk is full, the
// file as large as one can be, or the disk fails; -1 where that is none, and where *offset lies
// behind the end. Where any part of the place cannot be read, -1, and nothing is written. It
// happens in pieces, each of which is a transaction, on the disk when this returns; MAXOPBLOCKS
// blocks or less are one piece, unless the log is smaller than most are. Takes the lock itself.
int64_t inode_write(struct inode *inode, struct place from, uint64_t *offset, uint64_t size,
                    bool append);

// Makes the file empty. 0, or -1 where the disk fails. Takes the lock itself.
int inode_truncate(struct inode *inode);
