// Limits that programs may rely on.
#pragma once

#define NPROC 64       // processes, unless the boot argument procs= asks for more
#define NCPU 8         // harts
#define NOFILE 16      // open files of one process
#define MAXARG 32      // arguments of exec
#define MAXPATH 128    // bytes of a path, with its end
#define USERSTACK 1    // pages of a program's stack
#define NDEV 10        // kinds of devices: major numbers are below
#define ROOTDEV 1      // number of the disk with the root
#define MAXOPBLOCKS 10 // a write of up to this many blocks is complete or absent after a power cut

// The kernel has room for more than these; programs use them to size their tests.
#define NFILE 100    // open files of all processes
#define NINODE 50    // files in use at once
#define LOGSIZE 30   // blocks of the log
#define LOGBLOCKS 30 // the same, since 2025
#define NBUF 30      // blocks of the cache
#define FSSIZE 2000  // blocks of the disk
