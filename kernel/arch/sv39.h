// Sv39 page tables (Privileged Architecture 1.12, section 4.4): three levels of 512 entries.
//
// Names of the levels: a root table's entries cover 1 GiB each and point to middle tables; a
// middle table's entries cover 2 MiB (a span) each and point to leaf tables; a leaf table's
// entries are the pages.
#pragma once

#include "arch/layout.h"

typedef uint64_t pte_t;

#define PTE_V 0x1u
#define PTE_R 0x2u
#define PTE_W 0x4u
#define PTE_X 0x8u
#define PTE_U 0x10u
#define PTE_G 0x20u
#define PTE_A 0x40u
#define PTE_D 0x80u
// Bits 8 and 9 are left to software; here, to the strategy (mm/cow.h). The usual meaning of the
// first: a writer of this page must become its only owner first.
#define PTE_COW 0x100u

#define PTE_FLAGS 0x3ffu // all but the frame number

#define TABLE_ENTRIES 512
#define SPAN_SIZE (PAGE_SIZE * TABLE_ENTRIES)
#define GIGA_SIZE (SPAN_SIZE * TABLE_ENTRIES)

// Bits 54 to 63 belong to extensions that this kernel does not use, and are 0.
static inline pfn_t pte_pfn(pte_t pte)
{
    return pte >> 10;
}

// flags: PTE_V and any others. Callers set A and D, so that hardware that does not update them
// never faults for them.
static inline pte_t pte_make(pfn_t pfn, uint64_t flags)
{
    return pfn << 10 | flags;
}

// Whether an entry, if it is valid, maps memory itself and points to no table.
static inline bool pte_is_page(pte_t pte)
{
    return pte & (PTE_R | PTE_W | PTE_X);
}

// An entry that points to a table one level down.
static inline pte_t pte_table(pfn_t table)
{
    return pte_make(table, PTE_V);
}

static inline pte_t *pte_to_table(pte_t pte)
{
    return pfn_to_virt(pte_pfn(pte));
}

static inline size_t root_index(vaddr_t address)
{
    return address >> 30 & (TABLE_ENTRIES - 1);
}

static inline size_t middle_index(vaddr_t address)
{
    return address >> 21 & (TABLE_ENTRIES - 1);
}

static inline size_t leaf_index(vaddr_t address)
{
    return address >> 12 & (TABLE_ENTRIES - 1);
}
