// System calls of Cowshed's own. They have a header of their own, so that no name in user.h gets in
// the way of a program that was written for the interface alone.
#pragma once

#include "kernel/counters.h"
#include "kernel/disk.h"
#include "kernel/phases.h"
#include "kernel/process.h"
#include "kernel/shield.h"

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

// ^C on the console kills all processes but the first one and those that are shielded from it.
// flags: SHIELD_SELF or SHIELD_FAMILY (kernel/shield.h); 0: not shielded, as a process begins
// unless it is of such a family. Returns how often ^C was typed since the machine started; -1 for
// other flags.
//
// Where a process with SHIELD_SELF reads the console, and ^C came since it last called shield() or
// got such a line, it gets an empty line.
int shield(int flags);

// op: enum phases_op; out may be 0, and is not used with PHASES_START. 0, or -1; always -1 in a
// kernel that was not built with PHASES=1, and on a machine with several harts.
int phases(int op, struct phases *out);

// The hart's counters: clock cycles, instructions, and a clock that all harts share. On QEMU's
// machine the last has CLOCK_HZ steps a second.
#define CLOCK_HZ 10000000
uint64 cycles(void);
uint64 instructions(void);
uint64 clock_now(void);

// Writes all bytes. 0, or -1 where some could not be written.
int write_all(int fd, const void *buffer, int size);

// The value of a text of digits alone, up to 2^31 - 1; -1 for any other text.
int number_of(const char *text);

// All of a program that has names alone for arguments: does the call for each of them, also after
// one has failed, which it tells of. The program's status: 1 where a call failed, or there is no
// name.
int do_for_names(int argc, char **argv, int (*call)(const char *name), const char *usage,
                 const char *failure);

// Behind the last slash of a path.
const char *last_name(const char *path);

// All processes, in memory for free(), and how many there are; 0 where memory is short or the
// kernel does not tell.
struct process_info *process_table(int *count);
