// Leaving one kernel context and entering another.
//
// A hart goes from process to process by way of its own stack: context_leave() saves the first, and
// a function on the hart's stack picks the next and calls context_enter(). So the first process's
// stack is unused once that function has begun. When the function says so, another hart may run the
// process, or it may be freed.
#pragma once

#define CONTEXT_RA 0
#define CONTEXT_SP 8
#define CONTEXT_S0 16

#ifndef __ASSEMBLER__
#include "arch/types.h"

struct context {
    uint64_t ra, sp;
    uint64_t s[12];
};

// Saves the caller's context and calls then(argument) on the stack that ends at stack_top.
// Returns when some hart enters the context. Interrupts must be off, and are off again.
void context_leave(struct context *save, void *stack_top, void (*then)(void *), void *argument);

// Continues where the context was left. Interrupts must be off. An sret then goes to user mode and
// turns them on, unless a trap from the kernel is served in between.
_Noreturn void context_enter(const struct context *context);

// Calls function() on the stack that ends at stack_top, and abandons the current stack.
_Noreturn void stack_enter(void *stack_top, void (*function)(void *), void *argument);
#endif
