// The result of the system call processes() for each process.
#pragma once

#include "kernel/counters.h"

struct process_info {
    int pid;
    int parent; // 0: the first process has none
    char state; // R on a hart, r could run, S waits, Z has ended but was not waited for
    char name[16];
    uint64 size; // the break, in bytes
    struct counters counters;
};
