// Fork: share each page.
//
// A writable page becomes read-only with PTE_COW for parent and child. A page that is read-only
// (text) or has PTE_COW already is shared as it is.
#pragma once

#include "common/release.h"
#include "mm/cow.h"

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
            pte ^= PTE_OWN_OR_COW;
        } else if (!pte) {
            ++*empty;
            continue;
        } else {
            pte &= ~(pte_t)PTE_ALONE;
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
