// Stands in for kernel/mm/frame.h: each frame is an allocation of its own, so that the address
// sanitizer sees every access outside of it and after its end.
#pragma once

#include "arch/layout.h"

#define FRAME_NONE 0ul

void *frame_boot_alloc(size_t bytes);
pfn_t frame_alloc(void);
pfn_t frame_alloc_zeroed(void);
bool frame_reserve(size_t n);
pfn_t frame_alloc_zeroed_reserved(void);
void frame_free(pfn_t pfn);
void frame_free_zeroed(pfn_t pfn);

struct frame_count {
    uint64_t total;
    uint64_t free;
    uint64_t free_low;
};
struct frame_count frame_counts(void);

// For the tests.
void frame_shim_set_limit(uint64_t frames); // memory has so many frames
void frame_shim_fail_after(uint64_t count); // that many reservations succeed, then no other one
void frame_shim_fail_never(void);
uint64_t frame_shim_used(void); // frames in use, without those taken at boot
uint64_t frame_shim_allocations(void);
uint64_t frame_shim_reserved(void); // set aside, and not taken yet
void frame_shim_unreserve(uint64_t frames);
void frame_shim_reset(void); // gives back what was taken at boot
// From now on frames come from one large piece of memory, of which those that nobody writes to cost
// nothing; for tests with very many.
void frame_shim_be_large(uint64_t frames);
