// Fork: copy each page at once, text too.
#pragma once

#include "arch/page.h"
#include "common/release.h"

static inline void cow_fork_begin(struct space *parent, size_t pages)
{
    (void)parent, (void)pages;
}

static inline void cow_fork_end(struct space *parent, bool failed)
{
    (void)parent, (void)failed;
}

static inline int cow_fork_range(struct space *parent, struct space *child, pte_t *from, pte_t *to,
                                 size_t n)
{
    (void)child;
    size_t copied = 0;
    int result = 0;
    for (size_t i = 0; i < n && !result; i++) {
        pte_t pte = from[i];
        if (!pte)
            continue;
        phase_end(PHASE_LOOKUP);
        pfn_t frame = frame_alloc();
        phase_end(PHASE_ALLOCATE);
        if (frame == FRAME_NONE) {
            result = -1;
        } else {
            page_copy(pfn_to_virt(frame), pfn_to_virt(pte_pfn(pte)));
            phase_end(PHASE_COPY);
            to[i] = pte_make(frame, pte & PTE_FLAGS);
            phase_end(PHASE_MAP);
            copied++;
        }
    }
    COUNT(parent->counters, pages_copied, copied);
    phase_end(PHASE_OTHER);
    return result;
}

// No entry ever has PTE_COW.
static inline enum fault cow_write(struct space *space, vaddr_t page, pte_t *entry)
{
    (void)space, (void)page, (void)entry;
    return FAULT_INVALID;
}
