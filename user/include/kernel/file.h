// What programs know of devices. Those that open the console themselves include this header, and
// before it kernel/spinlock.h and kernel/sleeplock.h, which are empty here.
#pragma once

#define CONSOLE 1 // major number of the console, for mknod()
