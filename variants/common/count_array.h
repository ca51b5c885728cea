// Reference counts: an array with one entry for each frame of memory, sized at boot from the
// devicetree, under one lock.
//
// An entry has 32 bits and holds the owners beyond the first, so 2^32 owners fit; an owner is 8
// bytes of page table, so they would need 32 GiB of tables for a single frame.
#pragma once

#include "common/count.h"
#include <stdatomic.h>

extern uint32_t *count_array; // for frame 0, wherever memory starts; guarded by count_lock
extern struct spinlock count_lock;

struct count_batch {
    uint32_t *array;
    uint64_t flags;
};

static inline void count_open(struct count_batch *batch, size_t room)
{
    (void)room;
    batch->flags = spin_lock(&count_lock);
    batch->array = count_array;
}

// The fence is for those that ask without the lock: whoever reads the lower count, and has a fence
// behind it, comes after everything before this one.
static inline void count_open_to_drop(struct count_batch *batch)
{
    count_open(batch, 0);
    atomic_thread_fence(memory_order_release);
}

static inline void count_close(struct count_batch *batch)
{
    spin_unlock(&count_lock, batch->flags);
}

static inline void count_add(struct count_batch *batch, pfn_t pfn)
{
    batch->array[pfn]++;
}

static inline uint64_t count_drop(struct count_batch *batch, pfn_t pfn)
{
    uint32_t extra = batch->array[pfn];
    if (extra == 0)
        return 0;
    batch->array[pfn] = extra - 1;
    return extra;
}

static inline bool count_is_last(const struct count_batch *batch, pfn_t pfn)
{
    return batch->array[pfn] == 0;
}

static inline bool count_is_alone(pfn_t pfn)
{
    uint32_t extra = __atomic_load_n(&count_array[pfn], __ATOMIC_RELAXED);
    atomic_thread_fence(memory_order_acquire);
    return extra == 0;
}

// There is an entry for every frame.
static inline bool count_expect(size_t pages, size_t frames)
{
    (void)pages;
    return frame_reserve(frames);
}

static inline void count_expected(size_t pages)
{
    (void)pages;
}

bool count_init(pfn_t first, size_t span);
uint64_t count_owners(pfn_t pfn);
void count_visit_frames(void (*visit)(pfn_t));
uint64_t count_metadata_bytes(void);
uint64_t count_metadata_peak(void);
void count_reset_peak(void);
