// Fork: share each page, and copy it when one of its owners writes to it.
//
// A writable page becomes read-only with PTE_COW for parent and child; what was read-only (text)
// or has PTE_COW already is shared as it is.
#pragma once

#include "arch/page.h"
#include "common/release.h"

static inline void cow_fork_begin(struct space *parent, size_t pages)
{
    (void)parent;
    count_expect(pages);
}

static inline void cow_fork_end(struct space *parent, bool failed)
{
    (void)parent;
    if (failed)
        count_expect(0);
}

// Shares the pages of n entries; n is a constant. Adds to *left_out the entries without a page.
// False: no memory for a count; that entry and those after it are left out, too.
static inline bool cow_share(struct count_batch *counts, pte_t *from, pte_t *to, size_t n,
                             size_t *left_out)
{
#pragma GCC unroll 8
    for (size_t i = 0; i < n; i++) {
        pte_t pte = from[i];
        if (pte & PTE_W) {
            pte ^= PTE_W | PTE_COW;
        } else if (!pte) {
            ++*left_out;
            continue;
        }
        phase_end(PHASE_LOOKUP);
        if (!count_add(counts, pte_pfn(pte))) {
            *left_out += n - i;
            return false;
        }
        phase_end(PHASE_COUNT);
        from[i] = pte;
        to[i] = pte;
        phase_end(PHASE_MAP);
    }
    return true;
}

static inline int cow_fork_range(struct space *parent, struct space *child, pte_t *from, pte_t *to,
                                 size_t n)
{
    (void)child;
    struct count_batch counts;
    if (!count_open(&counts, n))
        return -1;
    phase_end(PHASE_COUNT);
    size_t i = 0, left_out = 0;
    bool done = true;
    for (; done && n - i >= ROUND; i += ROUND)
        done = cow_share(&counts, from + i, to + i, ROUND, &left_out);
    for (; done && i < n; i++)
        done = cow_share(&counts, from + i, to + i, 1, &left_out);
    count_close(&counts);
    phase_end(PHASE_COUNT);
    COUNT(parent->counters, pages_shared, i - left_out);
    phase_end(PHASE_OTHER);
    return done ? 0 : -1;
}

// Out of line, so that the path that reuses has no registers to save for it.
static __attribute__((noinline)) enum fault cow_copy(struct space *space, vaddr_t page,
                                                     pte_t *entry)
{
    pfn_t old = pte_pfn(*entry);
    pfn_t new = frame_alloc();
    if (new == FRAME_NONE)
        return FAULT_NO_MEMORY;
    phase_end(PHASE_ALLOCATE);
    page_copy(pfn_to_virt(new), pfn_to_virt(old));
    phase_end(PHASE_COPY);
    *entry = pte_make(new, (*entry & PTE_FLAGS) ^ (PTE_COW | PTE_W));
    phase_end(PHASE_MAP);
    space_flush_page(space, page);
    if (*entry & PTE_X)
        fence_i();
    phase_end(PHASE_FLUSH);

    // Only now, with the copy made and no translation left, the old frame may go.
    struct count_batch counts;
    count_open(&counts, 0);
    uint64_t owners = count_drop(&counts, old);
    count_close(&counts);
    phase_end(PHASE_COUNT);
    if (owners == 0)
        frame_free(old);
    phase_end(PHASE_ALLOCATE);
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
    phase_end(PHASE_MAP);
    tlb_flush_page(page);
    phase_end(PHASE_FLUSH);
    COUNT(space->counters, flushes_local, 1);
    COUNT(space->counters, faults_reuse, 1);
    return FAULT_SERVED;
}
