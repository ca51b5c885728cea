// Paths, and operations on the tree of directories.
//
// A path that starts with / starts at the root, another one at the directory cwd, to which the
// caller has a reference. Names are cut to FS_NAME_SIZE bytes, empty ones are skipped. Each change
// is one transaction: on the disk when the function returns, or not begun if it fails. It fails if
// the path leads nowhere, an argument does not fit what is there, blocks or inodes run out, or the
// disk fails.
#pragma once

#include "fs/inode.h"
#include "kernel/fcntl.h"

// A reference to the inode at the path; 0 if there is none.
struct inode *fs_lookup(struct inode *cwd, const char *path);

// A reference to the root.
struct inode *fs_root(void);

// As open(): finds the file, or makes it with O_CREATE if there is none. With O_TRUNC, empties it
// if it is a file. A directory can only be opened with O_RDONLY. A reference, or 0.
struct inode *fs_open(struct inode *cwd, const char *path, int flags);

// 0 or -1.
int fs_make_directory(struct inode *cwd, const char *path);
int fs_make_device(struct inode *cwd, const char *path, uint16_t major, uint16_t minor);
int fs_link(struct inode *cwd, const char *old_path, const char *new_path); // no directory
int fs_unlink(struct inode *cwd, const char *path); // a directory only if it is empty
