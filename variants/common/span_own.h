// Page tables: no two processes share leaf tables.
#pragma once

// The child gets the tables that the parent has.
static inline size_t cow_fork_tables(const struct space *parent)
{
    return parent->counters->table_frames;
}

static inline void cow_fork_span(struct space *parent, struct space *child, pte_t *from, pte_t *to,
                                 size_t n)
{
    pfn_t table = space_frame_zeroed(child);
    COUNT(child->counters, table_frames, 1);
    *to = pte_table(table);
    cow_fork_range(parent, child, pte_to_table(*from), pfn_to_virt(table), n);
}

static inline size_t cow_own_span_frames(pte_t span)
{
    (void)span;
    return 0;
}

static inline int cow_own_span(struct space *space, pte_t *span)
{
    (void)space, (void)span;
    return 0;
}

static inline void cow_release_span(struct space *space, pte_t span, size_t n)
{
    cow_release_range(space, pte_to_table(span), n);
    frame_free_zeroed(pte_pfn(span));
    COUNT(space->counters, table_frames, -1);
}
