// Reference counts: none. Every frame has one owner.
#pragma once

#include "common/count.h"

struct count_batch {
    char unused;
};

static inline void count_open(struct count_batch *batch, size_t room)
{
    (void)batch, (void)room;
}

static inline void count_open_to_drop(struct count_batch *batch)
{
    (void)batch;
}

static inline void count_close(struct count_batch *batch)
{
    (void)batch;
}

static inline uint64_t count_drop(struct count_batch *batch, pfn_t pfn)
{
    (void)batch, (void)pfn;
    return 0;
}

static inline bool count_init(pfn_t first, size_t span)
{
    (void)first, (void)span;
    return true;
}

static inline uint64_t count_owners(pfn_t pfn)
{
    (void)pfn;
    return 1;
}

static inline void count_visit_frames(void (*visit)(pfn_t))
{
    (void)visit;
}

static inline uint64_t count_metadata_bytes(void)
{
    return 0;
}

static inline uint64_t count_metadata_peak(void)
{
    return 0;
}

static inline void count_reset_peak(void) {}
