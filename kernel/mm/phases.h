// Marks that measure each part of a fork or of a write fault (user/include/kernel/phases.h lists
// the phases). They exist in a kernel built with PHASES=1. In any other, a mark is no
// instruction.
//
// There is one set of sums and no lock: the numbers are valid on a machine with one hart while no
// other process runs.
#pragma once

#ifdef PHASE_MARKS
#include "arch/types.h"
#include "kernel/phases.h"

struct phase_marks {
    uint64_t last; // the clock at the last mark; 0: marks do nothing
    struct phase_sums sums[PHASES];
};

extern struct phase_marks phase_marks;

#define PHASE_OFFSET(phase_, field)                                                                \
    (offsetof(struct phase_marks, sums) + (phase_) * sizeof(struct phase_sums) +                   \
     offsetof(struct phase_sums, field))

// The phase ends here, and the next one begins. In assembly, since all marks must take the same
// number of instructions, whatever code is around them. The clock is read first, so the mark's own
// work belongs to the phase that begins.
static inline __attribute__((always_inline)) void phase_end(enum phase phase)
{
    uint64_t now, marks, last, sum;
    __asm__ volatile(
        "rdcycle %[now]\n\t"
        "lla %[marks], phase_marks\n\t"
        "ld %[last], 0(%[marks])\n\t"
        "beqz %[last], 1f\n\t"
        "sd %[now], 0(%[marks])\n\t"
        "ld %[sum], %[began](%[marks])\n\t"
        "add %[sum], %[sum], %[last]\n\t"
        "sd %[sum], %[began](%[marks])\n\t"
        "ld %[sum], %[ended](%[marks])\n\t"
        "add %[sum], %[sum], %[now]\n\t"
        "sd %[sum], %[ended](%[marks])\n\t"
        "ld %[sum], %[times](%[marks])\n\t"
        "addi %[sum], %[sum], 1\n\t"
        "sd %[sum], %[times](%[marks])\n"
        "1:"
        : [now] "=&r"(now), [marks] "=&r"(marks), [last] "=&r"(last), [sum] "=&r"(sum)
        : [began] "i"(PHASE_OFFSET(phase, began)), [ended] "i"(PHASE_OFFSET(phase, ended)),
          [times] "i"(PHASE_OFFSET(phase, marks))
        : "memory");
}

// The system call phases(). A second stop gives the sums of the first.
void phases_start(void);
void phases_stop(struct phases *out);
#else
// Not an empty function, which the compiler would see: nothing may be left here.
#define phase_end(phase) ((void)0)
#endif
