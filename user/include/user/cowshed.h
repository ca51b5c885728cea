// System calls of Cowshed's own. They have a header of their own, so that no name in user.h gets in
// the way of a program that was written for the interface alone.
#pragma once

#include "kernel/counters.h"
#include "kernel/disk.h"
#include "kernel/process.h"

// op: enum counters_op; out may be 0 with COUNTERS_RESET. 0 or -1.
int counters(int op, struct counters *out);

// Frames whose count is wrong: 0 says all is well. The kernel prints the first ones.
int audit(void);

// Tells of the processes that there are, in the order of their numbers, up to count of them.
// How many there are, or -1.
int processes(struct process_info *out, int count);

// Ends the machine; the emulator exits with the status (0 to 255).
int poweroff(int status);

// 0 or -1.
int disk_usage(struct disk_usage *out);
