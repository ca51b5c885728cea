// Faults: a write to a page with PTE_COW copies it, or makes it writable in place, as the decision
// on the last owner says (last_*.h).
#pragma once

#include "common/copy.h"
#include "common/last.h"
#include "mm/cow.h"

// The copy.
enum { COW_WRITE_FRAMES = 1 };

static inline bool cow_serves(pte_t entry, enum access access)
{
    return access == ACCESS_STORE && entry & PTE_COW;
}

static inline enum fault cow_serve(struct space *space, vaddr_t page, pte_t *entry,
                                   enum access access)
{
    (void)access;
    if (!cow_reuses_last(pte_pfn(*entry)))
        return cow_copy(space, page, entry);
    // A translation that another hart may hold still forbids writing, which is harmless: it
    // would fault, and find the entry as it is now.
    *entry ^= PTE_OWN_OR_COW;
    tlb_flush_page(page);
    struct counters *counters = space->counters;
    COUNT(counters, flushes_local, 1);
    COUNT(counters, faults_reuse, 1);
    return FAULT_SERVED;
}
