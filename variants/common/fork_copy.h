// Fork: copy each page at once, text too.
#pragma once

#include "arch/page.h"
#include "common/release.h"
#include "mm/cow.h"

// The pages are counted, which costs little beside the copies. An upper bound would refuse forks
// that fit, and keep frames from others meanwhile.
static inline bool cow_fork_begin(struct space *parent, struct cow_fork *fork)
{
    fork->frames += space_count_pages(parent);
    return frame_reserve(fork->frames);
}

static inline void cow_fork_end(struct space *parent, const struct cow_fork *fork)
{
    (void)parent, (void)fork;
}

static inline void cow_fork_range(struct space *parent, struct space *child, pte_t *from, pte_t *to,
                                  size_t n)
{
    size_t copied = 0;
    for (size_t i = 0; i < n; i++) {
        pte_t pte = from[i];
        if (!pte)
            continue;
        pfn_t frame = space_frame(child);
        page_copy(pfn_to_virt(frame), pfn_to_virt(pte_pfn(pte)));
        to[i] = pte_make(frame, pte & PTE_FLAGS);
        copied++;
    }
    COUNT(parent->counters, pages_copied, copied);
}
