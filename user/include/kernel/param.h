// Limits that programs may rely on.
#pragma once

#define NPROC 64    // processes, unless the boot argument procs= asks for more
#define NCPU 8      // harts
#define NOFILE 16   // open files of one process
#define MAXARG 32   // arguments of exec
#define MAXPATH 128 // bytes of a path, with its end
