// Devices, for programs. Those that open the console include this header, after kernel/spinlock.h
// and kernel/sleeplock.h, which are empty here.
#pragma once

#define CONSOLE 1 // major number of the console, for mknod()
