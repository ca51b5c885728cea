// Where the time of a fork or of a write fault goes: the result of the system call phases() in a
// kernel built with PHASES=1.
//
// The kernel's code has marks. Each says which phase ends there: the phase began at the mark before
// it, and the next one begins. The two outer phases have only one end in the kernel: the process
// reads the clock itself before the trap, which begins PHASE_ENTRY, and after it, which ends
// PHASE_EXIT. So all phases together are the time between the process's two readings, and nothing
// is left over or counted twice.
//
// A mark takes time, too: mark_cost cycles after its reading, so in the phase that begins there.
#pragma once

#include "kernel/types.h"

#define PHASES_VERSION 1

enum phases_op {
    PHASES_START = 0, // all sums become 0, and marks add to them from now on
    PHASES_STOP = 1,  // marks do nothing any more; the struct receives the sums
};

enum phase {
    PHASE_ENTRY,    // the trap, saving registers, finding its cause
    PHASE_LOOKUP,   // walking page tables, reading entries
    PHASE_ALLOCATE, // taking and giving back frames and page tables
    PHASE_COPY,     // copying pages
    PHASE_COUNT,    // the counts of owners, with their lock and their memory
    PHASE_MAP,      // writing entries of page tables
    PHASE_FLUSH,    // dropping translations
    PHASE_OTHER,    // the rest of the work: process, scheduler, counters
    PHASE_EXIT,     // the way back to the process; its mark ends a last part of PHASE_OTHER
    PHASES,         // how many there are
};

// Sums over all marks that ended the phase. The clock is the hart's cycle counter (rdcycle), and a
// sum may wrap around, which is harmless in differences: ended - began is the phase's time. For
// PHASE_ENTRY, began has no meaning, and for PHASE_EXIT, the time has none.
struct phase_sums {
    uint64 began; // the clock's values when it began
    uint64 ended; // the clock's values when it ended
    uint64 marks;
};

struct phases {
    uint64 version; // PHASES_VERSION
    uint64 size;    // bytes of this struct
    uint64 mark_cost;
    struct phase_sums sums[PHASES];
};
