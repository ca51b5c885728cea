// The kernel's stacks: one for each hart, and one for each process. Each is the upper half of a
// piece of the address space whose lower half is never mapped. So a stack that overflows faults,
// and one bit of the stack pointer shows it, which trap.S checks before it saves anything.
#pragma once

#define KERNEL_STACK_SHIFT 13
#define KERNEL_STACK_SIZE (1 << KERNEL_STACK_SHIFT)

#ifndef __ASSEMBLER__
#include "arch/sv39.h"

#define KERNEL_STACK_PIECE (2ul * KERNEL_STACK_SIZE)

// How many fit into the address space.
#define KERNEL_STACKS_LIMIT (STACKS_SIZE / KERNEL_STACK_PIECE)

// Bytes of tables for count stacks: a multiple of PAGE_SIZE.
static inline size_t kernel_stacks_tables(size_t count)
{
    return align_up(count * KERNEL_STACK_PIECE, SPAN_SIZE) / SPAN_SIZE * PAGE_SIZE;
}

// Boot, before other harts run: maps count stacks, 0 .. count - 1. tables: zeroed memory of that
// size; stacks: the memory of the stacks. Both are kernel addresses of contiguous whole frames that
// are never freed.
void kernel_stacks_map(size_t count, pte_t *tables, const void *stacks);

// Where a stack begins, growing downward.
static inline void *kernel_stack_top(size_t index)
{
    return (void *)(STACKS_BASE + (index + 1) * KERNEL_STACK_PIECE);
}
#endif
