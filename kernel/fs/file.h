// Open files: the targets of descriptors, shared by all descriptors that came from one open().
#pragma once

#include "fs/inode.h"

struct file;
struct stat;

// Boot: room for this number of files at once. False: not enough memory.
bool file_init(size_t limit);

// References, as to an inode. The last file_put() of a pipe's end closes that end.
struct file *file_share(struct file *file);
void file_put(struct file *file); // may sleep

// A file that reads from and writes to the inode, by the flags of open(). Takes over the
// caller's reference. 0 if there are too many files, or the inode is a device whose number no
// device can have: then the caller keeps the reference.
struct file *file_of_inode(struct inode *inode, int flags);

// Both ends of a new pipe. 0 or -1.
int file_make_pipe(struct file **read_end, struct file **write_end);

// As the system calls: bytes moved, or -1. May sleep. A read or write of a file on the disk is
// whole with regard to others of the same open file: no two get the same offset.
int64_t file_read(struct file *file, struct place to, uint64_t size);
int64_t file_write(struct file *file, struct place from, uint64_t size);
int file_stat(struct file *file, struct stat *stat); // 0; -1: it is a pipe's end
