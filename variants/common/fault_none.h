// Faults: none is the strategy's, since each process may do all with its pages from the start.
#pragma once

#include "mm/cow.h"

// A page that was copied is the writer's own.
enum { COW_WRITE_FRAMES = 0 };

static inline bool cow_serves(pte_t entry, enum access access)
{
    (void)entry, (void)access;
    return false;
}

static inline enum fault cow_serve(struct space *space, vaddr_t page, pte_t *entry,
                                   enum access access)
{
    (void)space, (void)page, (void)entry, (void)access;
    return FAULT_INVALID;
}
