// Page tables: no two processes share leaf tables.
#pragma once

#include "mm/cow.h"

// Pages of 4 KiB only.
enum { COW_LARGE_PAGES = false };

// The child gets the tables that the parent has.
static inline size_t cow_fork_tables(const struct space *parent)
{
    return parent->counters->table_frames;
}

static inline void cow_fork_span(struct space *parent, struct space *child, vaddr_t address,
                                 pte_t *from, pte_t *to, size_t n)
{
    (void)address;
    pfn_t table = space_frame_zeroed(child);
    COUNT(child->counters, table_frames, 1);
    *to = pte_table(table);
    cow_fork_range(parent, child, pte_to_table(*from), pfn_to_virt(table), n);
}

static inline enum fault cow_touch_span(struct space *space, vaddr_t address, pte_t *span,
                                        enum touch touch)
{
    (void)space, (void)address, (void)span, (void)touch;
    return FAULT_PAGE;
}

static inline size_t cow_change_frames(pte_t span)
{
    (void)span;
    return 0;
}

static inline void cow_release_span(struct space *space, pte_t span, size_t n)
{
    cow_release_range(space, pte_to_table(span), n);
    frame_free_zeroed(pte_pfn(span));
    COUNT(space->counters, table_frames, -1);
}

static inline void cow_visit_behind(pte_t span, void (*visit)(pte_t))
{
    (void)span, (void)visit;
}

static inline bool cow_map_large(struct space *space, vaddr_t address, pte_t *span, uint64_t flags)
{
    (void)space, (void)address, (void)span, (void)flags;
    return false;
}
