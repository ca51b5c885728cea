// Running a program: exec.
#pragma once

#include "proc/proc.h"

// The system call: replaces the calling process's memory by the program at path, with the
// arguments at argv; both are user addresses. Returns only where that fails: -1, with nothing
// changed, where path or argv cannot be read or are too long, the file is missing
// or is not a program for this machine, or memory runs out.
int proc_exec(vaddr_t path, vaddr_t argv);

// For the first process, which has descriptors but no memory yet: the same with strings of the
// kernel's. Returns only where that fails: why.
const char *proc_exec_first(const char *path, char *const argv[]);
