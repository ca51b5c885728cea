// Turns by a schedule, drawn from a seed or read from a file.
//
// In the region each block has one instruction, so that a turn can end behind any. It ends where
// the schedule says so, and without being told where the hart waits: at a pause, in a sleep, after
// an interrupt to another hart, and after LONGEST_TURN instructions. Harts follow each other by
// number.
//
// A change of turn that the schedule makes is known by its hart, and by how many instructions this
// one has executed in the region: "HART COUNT HELD", a line of the files. After it the hart may be
// held back: its next HELD turns have one instruction each. So a schedule with one change less has
// the others where they were, as long as the harts do the same.
#pragma once

#include <stdbool.h>

enum { LONGEST_TURN = 20000 };

// Reads the file of changes, and opens the one that they are written to. False, with a message,
// where that fails.
bool schedule_open(void);

// Before each instruction of the region.
enum instruction { ORDINARY, WAITS, ORDERS }; // a pause; an atomic operation or a fence
void schedule_step(unsigned hart, enum instruction kind);

// At the end of QEMU.
void schedule_close(void);
