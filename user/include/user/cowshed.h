// Functions that only Cowshed has. They are in a separate header, so that user.h defines no names
// beyond those of the interface.
#pragma once

#include "kernel/counters.h"
#include "kernel/disk.h"
#include "kernel/process.h"
#include "kernel/shield.h"

// op: enum counters_op; out may be 0 with COUNTERS_RESET. 0 or -1.
int counters(int op, struct counters *out);

// The number of frames whose count is wrong: 0 means that all is well. The kernel prints the first
// ones.
int audit(void);

// Describes up to count processes, in the order of their pids. Returns how many there are, or -1.
int processes(struct process_info *out, int count);

// Ends the machine; the emulator exits with the status (0 to 255).
int poweroff(int status);

// 0 or -1.
int disk_usage(struct disk_usage *out);

// ^C on the console kills all processes but the first one and those that are shielded from it.
// flags: SHIELD_SELF or SHIELD_FAMILY (kernel/shield.h); 0: not shielded, the initial state
// of a process outside such families. Returns how often ^C was typed since the machine started, or
// -1 for other flags.
//
// A process with SHIELD_SELF that reads the console gets an empty line if ^C was typed since it
// last called shield() or got such a line.
int shield(int flags);

// The hart's counters: clock cycles, instructions, and a clock that all harts share. On QEMU's
// machine the last has CLOCK_HZ steps a second.
#define CLOCK_HZ 10000000
uint64 cycles(void);
uint64 instructions(void);
uint64 clock_now(void);

// Writes all bytes. 0, or -1 if some could not be written.
int write_all(int fd, const void *buffer, int size);

// The value of a text of only digits, up to 2^31 - 1; -1 for any other text.
int number_of(const char *text);

// A whole program whose arguments are names: makes the call for each of them, also after one has
// failed, and reports failures. Returns the program's status: 1 if a call failed or there is no
// name.
int do_for_names(int argc, char **argv, int (*call)(const char *name), const char *usage,
                 const char *failure);

// The part of a path after its last slash.
const char *last_name(const char *path);

// All processes, in memory for free(), and their number; 0 if memory is short or the call fails.
struct process_info *process_table(int *count);
