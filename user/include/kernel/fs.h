// The file system, for programs.
#pragma once

#include "kernel/types.h"

#define ROOTINO 1  // the root directory
#define BSIZE 1024 // bytes of a block
#define DIRSIZ 14  // bytes of a name; a name of that length has no zero at its end
#define NDIRECT 12
#define NINDIRECT (BSIZE / sizeof(uint))
#define MAXFILE (NDIRECT + NINDIRECT) // blocks that every file may have; the limit is far above

// A directory reads as a sequence of these.
struct dirent {
    ushort inum; // 0: unused
    char name[DIRSIZ];
};
