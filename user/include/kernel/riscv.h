// Pages and addresses of Sv39, as programs of the interface expect them.
#pragma once

#include "kernel/types.h"

#define PGSIZE 4096
#define PGSHIFT 12
#define PGROUNDUP(size) (((size) + PGSIZE - 1) & ~(PGSIZE - 1))
#define PGROUNDDOWN(address) (((address)) & ~(PGSIZE - 1))

// One beyond the highest address that a process may use.
#define MAXVA (1L << (9 + 9 + 9 + 12 - 1))

// Entries of page tables: the bits of the privileged specification, table 4.19 (Sv39).
typedef uint64 pte_t;
typedef uint64 *pagetable_t; // 512 entries

#define PTE_V (1L << 0) // valid
#define PTE_R (1L << 1)
#define PTE_W (1L << 2)
#define PTE_X (1L << 3)
#define PTE_U (1L << 4) // for user mode
#define PTE_FLAGS(entry) ((entry)&0x3ff)
#define PTE2PA(entry) (((entry) >> 10) << PGSHIFT)
#define PA2PTE(address) ((((uint64)(address)) >> PGSHIFT) << 10)

// The index of an address in its table of level 0 (leaves), 1 or 2.
#define PXMASK 0x1ff
#define PXSHIFT(level) (PGSHIFT + 9 * (level))
#define PX(level, address) ((((uint64)(address)) >> PXSHIFT(level)) & PXMASK)

static inline uint64 r_sp(void)
{
    uint64 value;
    __asm__ volatile("mv %0, sp" : "=r"(value));
    return value;
}

static inline uint64 r_tp(void)
{
    uint64 value;
    __asm__ volatile("mv %0, tp" : "=r"(value));
    return value;
}

static inline uint64 r_time(void)
{
    uint64 value;
    __asm__ volatile("rdtime %0" : "=r"(value));
    return value;
}
