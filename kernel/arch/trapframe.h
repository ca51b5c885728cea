// The registers that a trap from user mode saves, at the top of the process's kernel stack. Its s0
// to s11 are those of the last fork or exec; otherwise they are where the calling convention keeps
// them.
#pragma once

#define TRAPFRAME_SIZE 272 // a multiple of 16, as the stack pointer must be
#define TRAPFRAME_EPC 248
#define KERNEL_FRAME_SIZE 144 // the same
#define KERNEL_FRAME_EPC 128

#ifndef __ASSEMBLER__
#include "arch/types.h"

struct trapframe {
    uint64_t ra, sp, gp, tp;
    uint64_t t0, t1, t2;
    uint64_t s0, s1;
    uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
    uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
    uint64_t t3, t4, t5, t6;
    uint64_t epc;
    uint64_t unused[2];
};

_Static_assert(sizeof(struct trapframe) == TRAPFRAME_SIZE, "trap.S counts on it");
_Static_assert(offsetof(struct trapframe, epc) == TRAPFRAME_EPC, "trap.S counts on it");

// For the child of a fork. Straight code: a loop would take 50% more.
static inline void trapframe_copy(struct trapframe *restrict to,
                                  const struct trapframe *restrict from)
{
    enum { WORDS = TRAPFRAME_EPC / 8 + 1 };
    const uint64_t *in = &from->ra;
    uint64_t *out = &to->ra;
#pragma GCC unroll 32
    for (size_t i = 0; i < WORDS; i++)
        out[i] = in[i];
}

// The registers that a trap from the kernel saves: those that a C function may change.
struct kernel_trapframe {
    uint64_t ra;
    uint64_t t0, t1, t2;
    uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
    uint64_t t3, t4, t5, t6;
    uint64_t epc;
    uint64_t status;
};

_Static_assert(sizeof(struct kernel_trapframe) == KERNEL_FRAME_SIZE, "trap.S counts on it");
_Static_assert(offsetof(struct kernel_trapframe, epc) == KERNEL_FRAME_EPC, "trap.S counts on it");

// The layers above decide what a trap means (kernel/sys/trap.c). All are entered and left with
// interrupts off. cause and value are scause and stval. After a system call the process continues
// after its ecall.
void trap_system_call(struct trapframe *frame);
void trap_before_return(void); // of a process that has not run yet, or has a new program
void trap_from_user(struct trapframe *frame, uint64_t cause, uint64_t value);
void trap_from_kernel(struct kernel_trapframe *frame, uint64_t cause, uint64_t value);
_Noreturn void trap_stack_overflow(uint64_t epc);

// Goes to user mode with all registers of the frame that the stack pointer points to. The first
// context of a new process starts here. Interrupts must be off.
void trap_return(void);

// The same with the frame of the calling process, whose kernel stack is empty from then on.
_Noreturn void trap_enter(struct trapframe *frame);

extern const char trap_entry[];
#endif
