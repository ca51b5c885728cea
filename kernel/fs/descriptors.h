// A process's descriptors and its current directory.
//
// A fork shares the whole set: one count goes up, however many files are open. A process that
// changes a shared set takes a copy first. A set belongs to processes of one thread each, so a set
// with one owner is changed without a lock.
#pragma once

#include "fs/file.h"
#include "kernel/param.h"

struct descriptors;

// Boot: room for the sets of this number of processes, and for all files that they can have open.
// False: not enough memory.
bool descriptors_init(size_t procs);

// For the first process: no files, in the directory, whose reference it takes over.
struct descriptors *descriptors_create(struct inode *cwd);

struct descriptors *descriptors_share(struct descriptors *descriptors); // for fork
void descriptors_put(struct descriptors *descriptors);                  // may sleep

// The file of a descriptor, without a new reference; 0 if there is none. It stays until the
// process closes the descriptor.
struct file *descriptors_file(const struct descriptors *descriptors, int descriptor);
struct inode *descriptors_cwd(const struct descriptors *descriptors);

// Whether this number of files can be added. It stays so until the process adds one.
bool descriptors_have_room(const struct descriptors *descriptors, size_t count);

// These change the set, and so may replace *descriptors by a copy. Each takes over a reference if
// it succeeds.
int descriptors_add(struct descriptors **descriptors, struct file *file); // the lowest; -1: full
int descriptors_close(struct descriptors **descriptors, int descriptor);  // 0 or -1
void descriptors_change_directory(struct descriptors **descriptors, struct inode *cwd);
