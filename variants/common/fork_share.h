// Fork: share each page, and copy it when one of its owners writes to it.
//
// A writable page becomes read-only with PTE_COW for parent and child. A page that is read-only
// (text) or has PTE_COW already is shared as it is.
#pragma once

#include "arch/page.h"
#include "common/release.h"

// The copy.
enum { COW_WRITE_FRAMES = 1 };

// With the exact number of pages, if there is no memory for the upper bound.
static __attribute__((noinline)) bool cow_fork_begin_exactly(struct space *parent,
                                                             struct cow_fork *fork)
{
    fork->pages = space_count_pages(parent);
    return count_expect(fork->pages, fork->frames);
}

static inline bool cow_fork_begin(struct space *parent, struct cow_fork *fork)
{
    fork->pages = heap_most_pages(parent);
    return count_expect(fork->pages, fork->frames) || cow_fork_begin_exactly(parent, fork);
}

static inline void cow_fork_end(struct space *parent, const struct cow_fork *fork)
{
    (void)parent;
    count_expected(fork->pages);
}

// Shares the pages of n entries; n is a constant. Adds to *empty the entries without a page.
static inline void cow_share(struct count_batch *counts, pte_t *from, pte_t *to, size_t n,
                             size_t *empty)
{
#pragma GCC unroll 8
    for (size_t i = 0; i < n; i++) {
        pte_t pte = from[i];
        if (pte & PTE_W) {
            pte ^= PTE_W | PTE_COW;
        } else if (!pte) {
            ++*empty;
            continue;
        }
        count_add(counts, pte_pfn(pte));
        from[i] = pte;
        to[i] = pte;
    }
}

static inline void cow_fork_range(struct space *parent, struct space *child, pte_t *from, pte_t *to,
                                  size_t n)
{
    (void)child;
    struct count_batch counts;
    count_open(&counts, n);
    size_t i = 0, empty = 0;
    for (; n - i >= ROUND; i += ROUND)
        cow_share(&counts, from + i, to + i, ROUND, &empty);
    for (; i < n; i++)
        cow_share(&counts, from + i, to + i, 1, &empty);
    count_close(&counts);
    COUNT(parent->counters, pages_shared, n - empty);
}

// Out of line, so that the path that reuses saves no registers for it.
static __attribute__((noinline)) enum fault cow_copy(struct space *space, vaddr_t page,
                                                     pte_t *entry)
{
    pfn_t old = pte_pfn(*entry);
    pfn_t new = space_frame(space);
    if (new == FRAME_NONE)
        return FAULT_NO_MEMORY;
    page_copy(pfn_to_virt(new), pfn_to_virt(old));
    *entry = pte_make(new, (*entry & PTE_FLAGS) ^ (PTE_COW | PTE_W));
    space_flush_page(space, page);
    if (*entry & PTE_X)
        fence_i();

    // Only now, with the copy made and no translation left, the old frame may go.
    struct count_batch counts;
    count_open(&counts, 0);
    uint64_t owners = count_drop(&counts, old);
    count_close(&counts);
    if (owners == 0)
        frame_free(old);
    COUNT(space->counters, faults_copy, 1);
    COUNT(space->counters, pages_copied, 1);
    return FAULT_SERVED;
}

static inline enum fault cow_write(struct space *space, vaddr_t page, pte_t *entry)
{
    if (!cow_reuses_last(pte_pfn(*entry)))
        return cow_copy(space, page, entry);
    // A translation that another hart may hold still forbids writing, which is harmless: it
    // would fault, and find the entry as it is now.
    *entry ^= PTE_COW | PTE_W;
    tlb_flush_page(page);
    struct counters *counters = space->counters;
    COUNT(counters, flushes_local, 1);
    COUNT(counters, faults_reuse, 1);
    return FAULT_SERVED;
}
