// Page tables: each process has its own, but an entry that leads to a child's table is invalid
// until the first touch. That touch is served, or it goes on to the page, by turns.
#pragma once

#include "arch/csr.h"
#include "lib/print.h"
#include "mm/cow.h"

enum { COW_LARGE_PAGES = false };

static inline size_t cow_fork_tables(const struct space *parent)
{
    return parent->counters->table_frames;
}

static inline void cow_fork_span(struct space *parent, struct space *child, vaddr_t address,
                                 pte_t *from, pte_t *to, size_t n)
{
    if (address % SPAN_SIZE || from != span_entry(parent, address) || *to || n > TABLE_ENTRIES)
        panic("contract: the span at %lx is not what fork says", address);
    pfn_t table = space_frame_zeroed(child);
    COUNT(child->counters, table_frames, 1);
    cow_fork_range(parent, child, pte_to_table(*from), pfn_to_virt(table), n);
    *to = pte_table(table) & ~(pte_t)PTE_V;
}

static inline enum fault cow_touch_span(struct space *space, vaddr_t address, pte_t *span,
                                        enum touch touch)
{
    if (!*span || span != span_entry(space, address) || !space->cow.begun)
        panic("contract: a touch of %lx is not what it says", address);
    if (touch != TOUCH_CHANGE && (irq_enabled() || !space->cow.started))
        panic("contract: a fault at %lx of a space that does not run", address);
    if (*span & PTE_V)
        return FAULT_PAGE;
    *span |= PTE_V;
    space_flush(space);
    bool served = touch != TOUCH_CHANGE && space->cow.touches++ % 2;
    return served ? FAULT_SERVED : FAULT_PAGE;
}

static inline size_t cow_change_frames(pte_t span)
{
    if (!span)
        panic("contract: frames to change no table");
    return 0;
}

static inline void cow_release_span(struct space *space, pte_t span, size_t n)
{
    if (!span || n > TABLE_ENTRIES)
        panic("contract: no table is released");
    cow_release_range(space, pte_to_table(span), n);
    frame_free_zeroed(pte_pfn(span));
    COUNT(space->counters, table_frames, -1);
}

static inline void cow_visit_behind(pte_t span, void (*visit)(pte_t))
{
    if (!span || !visit)
        panic("contract: the audit visits nothing");
}

static inline bool cow_map_large(struct space *space, vaddr_t address, pte_t *span, uint64_t flags)
{
    (void)space, (void)span, (void)flags;
    panic("contract: a large page at %lx", address);
}
