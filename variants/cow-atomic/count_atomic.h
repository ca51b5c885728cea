// Reference counts: an array with one entry for each frame of memory, changed by atomic
// instructions.
//
// As common/count_array.h, whose memory this is, but there is no lock, and interrupts stay as they
// are. A batch is nothing but the address of the array.
#pragma once

#include "common/count.h"
#include <stdatomic.h>

extern uint32_t *count_array; // for frame 0, wherever memory starts

struct count_batch {
    uint32_t *array;
};

static inline void count_open(struct count_batch *batch, size_t room)
{
    (void)room;
    batch->array = count_array;
}

// All uses of the frames come before the counts go down.
static inline void count_open_to_drop(struct count_batch *batch)
{
    count_open(batch, 0);
    atomic_thread_fence(memory_order_release);
}

static inline void count_close(struct count_batch *batch)
{
    (void)batch;
}

// The caller is an owner, so the frame stays. That the count is raised before the new owner runs,
// the lock of the run queue sees to.
static inline void count_add(struct count_batch *batch, pfn_t pfn)
{
    __atomic_fetch_add(&batch->array[pfn], 1, __ATOMIC_RELAXED);
}

// Of owners that drop a frame at the same time, each gets another number, and one of them 0. It
// has taken 1 from 0: nobody but it knows the frame, until its count is right again.
static inline uint64_t count_drop(struct count_batch *batch, pfn_t pfn)
{
    uint32_t extra = __atomic_fetch_sub(&batch->array[pfn], 1, __ATOMIC_RELAXED);
    if (extra)
        return extra;
    atomic_thread_fence(memory_order_acquire); // after the uses of those that dropped it before
    __atomic_store_n(&batch->array[pfn], 0, __ATOMIC_RELAXED);
    return 0;
}

static inline bool count_is_alone(pfn_t pfn)
{
    uint32_t extra = __atomic_load_n(&count_array[pfn], __ATOMIC_RELAXED);
    atomic_thread_fence(memory_order_acquire);
    return extra == 0;
}

static inline bool count_is_last(const struct count_batch *batch, pfn_t pfn)
{
    (void)batch;
    return count_is_alone(pfn);
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
