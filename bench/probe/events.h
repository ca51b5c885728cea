// What the probe counts. The names are those of the results.
#pragma once

#include <stdint.h>

// Of the program alone, whatever core executes it.
#define PROGRAM_EVENTS(X)                                                                          \
    X(instructions)                                                                                \
    X(loads)                                                                                       \
    X(stores)                                                                                      \
    X(device_accesses) /* of these, to devices */                                                  \
    X(atomics)         /* instructions of the A extension, each also a load or a store */          \
    X(fences)          /* fence, fence.i */                                                        \
    X(flushes)         /* sfence.vma */                                                            \
    X(lines_moved) /* from another hart, since it had changed them, or for a change (lines.h) */   \
    X(interrupts_sent) /* to other harts */                                                        \
    X(branches)        /* conditional */                                                           \
    X(branches_taken)  /* of these */                                                              \
    X(traps_call)      /* ecall of a user program: a system call */                                \
    X(traps_firmware)  /* ecall of the kernel */                                                   \
    X(traps_load)      /* a load that faults */                                                    \
    X(traps_store)     /* a store, or an atomic, that faults */                                    \
    X(traps_interrupt) /* any other: an interrupt, a fetch that faults, an unknown instruction */  \
    X(traps_other)     /* ebreak, unimp, 16 bits of zeros */

// Of a core: each simulated one has its own.
#define CORE_EVENTS(X)                                                                             \
    X(l1i_misses)                                                                                  \
    X(l1d_misses)                                                                                  \
    X(l2_misses)                                                                                   \
    X(l1_writebacks) /* changed lines that go from L1D to L2 */                                    \
    X(l2_writebacks) /* from L2 to memory */                                                       \
    X(itlb_misses)                                                                                 \
    X(dtlb_misses)                                                                                 \
    X(stlb_misses) /* of the second-level TLB; those of the first where there is none */           \
    X(walk_steps)  /* entries of page tables that were read */                                     \
    X(mispredicts)                                                                                 \
    X(l1_streamed) /* of the misses of L1D: the line behind one that missed shortly before */      \
    X(l2_streamed) /* of the misses of L2 that these cause */

#define EVENT_NUMBER(name) EVENT_##name,
enum program_event { PROGRAM_EVENTS(EVENT_NUMBER) EVENT_COUNT };
enum core_event { CORE_EVENTS(EVENT_NUMBER) CORE_EVENT_COUNT };
#undef EVENT_NUMBER

extern const char *const program_event_names[EVENT_COUNT];
extern const char *const core_event_names[CORE_EVENT_COUNT];

// Who executes. Told from the address of the instruction.
enum mode { MODE_USER, MODE_KERNEL, MODE_FIRMWARE, MODES };
extern const char *const mode_names[MODES];

enum { MAX_CORES = 4 };

// All that is counted of one hart or region.
struct counts {
    uint64_t program[MODES][EVENT_COUNT];
    uint64_t core[MAX_CORES][MODES][CORE_EVENT_COUNT];
};
