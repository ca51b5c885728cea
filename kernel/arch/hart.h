// The data of each hart. In the kernel, tp points to the struct of the hart.
#pragma once

// Offsets for assembly.
#define HART_FRAME 0
#define HART_SCRATCH 8
#define HART_PROC 16
#define HART_STACK_TOP 24
#define HART_ID 32
#define HART_SIZE 128

#ifndef __ASSEMBLER__
#include "arch/trapframe.h"

struct hart {
    struct trapframe *frame; // where a trap from user mode saves the registers
    uint64_t scratch;        // trap.S: the user's stack pointer, for a moment
    struct proc *proc;       // proc: the process that runs here
    void *stack_top;         // the hart's stack, empty between two processes
    uint32_t id;             // mhartid, as in the devicetree
    uint32_t index;          // 0 .. hart_count - 1; 0 booted

    // Owned by the layers named; opaque here.
    struct frame_cache *frames; // mm
    struct counters *counters;  // mm
    const struct space *space;  // mm: whose translations the hart may hold
    uint64_t space_generation;  // mm: as of which generation
    bool space_loaded;          // mm: satp names it
    _Atomic uint32_t ipi;       // requests of other harts, see ipi.h
#ifdef DEBUG
    uint64_t debug_changes; // mm: as of which change of the space
#endif
} __attribute__((aligned(HART_SIZE)));

extern struct hart harts[MAX_HARTS];
extern uint32_t hart_count;

_Static_assert(offsetof(struct hart, frame) == HART_FRAME, "trap.S counts on it");
_Static_assert(offsetof(struct hart, scratch) == HART_SCRATCH, "trap.S counts on it");
_Static_assert(offsetof(struct hart, proc) == HART_PROC, "proc_current() counts on it");
_Static_assert(offsetof(struct hart, stack_top) == HART_STACK_TOP, "boot.S counts on it");
_Static_assert(offsetof(struct hart, id) == HART_ID, "boot.S counts on it");
_Static_assert(sizeof(struct hart) == HART_SIZE, "boot.S counts on it");

register struct hart *hart_in_tp __asm__("tp");

// The hart that this runs on. With interrupts on, the result may be out of date when it is used.
static inline struct hart *this_hart(void)
{
    return hart_in_tp;
}
#endif
