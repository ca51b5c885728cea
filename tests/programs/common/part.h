// Test programs of many parts, such as cowtest and usertest.
//
// usage: PROGRAM [-l | PART...]     -l lists the parts; without names all of them run
//
// Each part runs in a process of its own. After it as much memory and as much of the disk must be
// free as before, and the audit must find nothing wrong. A part that passed has the line
// "NAME: ok"; one that did not has lines that say what was found. The exit status is 0 if all
// passed. The library of the guest tests (CHECK, processes, memory) is there for parts, too.
#pragma once

#include "common/state.h"

struct part {
    const char *name;
    void (*run)(void); // returns when all is well
};

struct program {
    const struct part *parts;
    int count;
    const char *passed; // the last line when no part failed
    int uses_files;     // parts start in an empty directory of their own, and leave it empty
    // What the program does when a part executes own_path with "-x" as the first argument; argv[2]
    // is the second one.
    int (*executed)(int argc, char **argv);
};

int run_parts(const struct program *program, int argc, char **argv);

// Ends a part with the line "NAME: text".
void fail_part(const char *text) __attribute__((noreturn));
