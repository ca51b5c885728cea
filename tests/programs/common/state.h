// What test programs do to the machine that they run on, and must leave as they found it.
#pragma once

#include "../../guest/test.h"

// The absolute path of the program, to be executed by its own processes.
extern char own_path[];
void set_own_path(const char *argv0);

// What is free, when all other processes are at rest. The caller's pages are its own first, so that
// no later write of its takes a frame.
struct account {
    uint64 frames, blocks, inodes;
};
struct account take_account(void);

// Whether as much is free as before, as soon as orphans have been reaped, and the audit finds no
// frame wrong. Says what is not so, in lines that start with the name.
int is_left_in_order(const char *name, const struct account *before);

// Makes an empty directory in the root, called after the process's number. Its path.
const char *make_work_directory(void);

// Removes what a path leads to, and what is in it. How many files and directories that was. The
// current directory is the root then.
int remove_tree(const char *path);
