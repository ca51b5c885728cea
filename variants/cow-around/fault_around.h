// Faults: a write to a page with PTE_COW copies it if there is another owner. If there is none, the
// page becomes writable in place, and so do those of its neighbors that have no other owner either.
#pragma once

#include "common/copy.h"
#include "common/last.h"
#include "mm/cow.h"

// The copy.
enum { COW_WRITE_FRAMES = 1 };

// Pages that one fault of the last owner may make writable: a power of two, so that their entries
// are in one leaf table.
enum { AROUND = 16 };

static inline bool cow_serves(pte_t entry, enum access access)
{
    return access == ACCESS_STORE && entry & PTE_COW;
}

// Makes the pages around one writable in place, as far as they are unshared. An entry without
// PTE_COW is left alone: it has no page, or one that nobody may write to, or one that is writable.
// The lock is taken once for all of them. Returns how many became writable.
static inline size_t reuse_around(vaddr_t page, pte_t *entry)
{
    pte_t *end = entry + AROUND;
    size_t reused = 0;
    struct count_batch counts;
    count_open(&counts, 0);
#pragma GCC unroll 4
    for (; entry != end; entry++, page += PAGE_SIZE) {
        pte_t pte = *entry;
        if (!(pte & PTE_COW) || !count_is_last(&counts, pte_pfn(pte)))
            continue;
        *entry = pte ^ PTE_OWN_OR_COW;
        tlb_flush_page(page);
        reused++;
    }
    count_close(&counts);
    return reused;
}

static inline enum fault cow_serve(struct space *space, vaddr_t page, pte_t *entry,
                                   enum access access)
{
    (void)access;
    if (!cow_reuses_last(pte_pfn(*entry)))
        return cow_copy(space, page, entry);
    // As for a single page: a translation that another hart may hold still forbids writing, and at
    // most makes it fault.
    size_t before = leaf_index(page) % AROUND;
    size_t reused = reuse_around(page - before * PAGE_SIZE, entry - before);
    struct counters *counters = space->counters;
    COUNT(counters, flushes_local, reused);
    COUNT(counters, faults_reuse, 1);
    return FAULT_SERVED;
}
