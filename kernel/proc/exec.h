// Running a program: exec.
#pragma once

#include "proc/proc.h"

// The system call: replaces the memory of the calling process with the program at path, with the
// arguments at argv. Both are user addresses. Returns only if it fails: -1, with nothing changed,
// if path or argv cannot be read or are too long, the file is missing or is not a program for this
// machine, or memory runs out.
int proc_exec(vaddr_t path, vaddr_t argv);

// The same for the first process, which has descriptors but no memory yet, with strings in kernel
// memory. Returns only if it fails: why.
const char *proc_exec_first(const char *path, char *const argv[]);
