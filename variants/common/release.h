// Giving up pages: drops an owner of each frame, and gives back frames that have none left.
#pragma once

#include "counts.h"
#include "mm/space.h"

// Entries that a loop over a table handles in each round, as straight code. This divides the cost
// of the loop, three or four instructions.
enum { ROUND = 8 };

// n is a constant.
static inline void cow_release(struct count_batch *counts, pte_t *entries, size_t n)
{
#pragma GCC unroll 8
    for (size_t i = 0; i < n; i++) {
        pte_t pte = entries[i];
        if (!pte)
            continue;
        entries[i] = 0;
        if (pte & PTE_ALONE || count_drop(counts, pte_pfn(pte)) == 0)
            frame_free(pte_pfn(pte));
    }
}

static inline void cow_release_range(struct space *space, pte_t *entries, size_t n)
{
    (void)space;
    struct count_batch counts;
    count_open_to_drop(&counts);
    pte_t *end = entries + n, *rounds_end = entries + n / ROUND * ROUND;
    for (; entries != rounds_end; entries += ROUND)
        cow_release(&counts, entries, ROUND);
    for (; entries != end; entries++)
        cow_release(&counts, entries, 1);
    count_close(&counts);
}
