// The result of fstat(), which fails for a pipe's end.
#pragma once

#include "kernel/types.h"

#define T_DIR 1    // directory
#define T_FILE 2   // file
#define T_DEVICE 3 // device

struct stat {
    int dev;     // number of the disk
    uint ino;    // number of the inode
    short type;  // T_DIR, T_FILE or T_DEVICE
    short nlink; // names of the file
    uint64 size; // bytes
};
