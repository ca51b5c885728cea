// Physical frames: taking, reserving and giving them back.
//
// A free frame is in one of two kinds of lists: of unknown content, or all zeroes. Page tables are
// given back zeroed, since unmapping clears every entry, so the next table costs no zeroing. Each
// hart has such lists. Batches of FRAME_BATCH move between them and a common pool.
#pragma once

#include "arch/layout.h"

#define FRAME_BATCH 64
#define FRAME_NONE 0ul // frame 0 is never handed out

// Boot only, in this order. frame_init() once; then frame_add_range() for each range of usable
// memory; then frame_exclude() for what must not be handed out; frame_boot_alloc() takes whole
// frames for good (0 if there are not enough contiguous ones); frame_start() ends the boot phase.
// shuffle: 0, or the seed of a permutation of all free frames.
void frame_init(void);
void frame_add_range(paddr_t begin, paddr_t end);
void frame_exclude(paddr_t begin, paddr_t end);
void *frame_boot_alloc(size_t bytes);
void frame_start(uint64_t shuffle);

// The lowest frame of memory, and the number of frames from it to the highest, holes included.
pfn_t frame_first(void);
size_t frame_span(void);

// Whether the allocator owns a frame, free or not: it is memory, and was not excluded at boot.
bool frame_is_ours(pfn_t pfn);

// A frame of unknown content, or of zeroes; FRAME_NONE when there is none left. Any context.
pfn_t frame_alloc(void);
pfn_t frame_alloc_zeroed(void);

// Sets n free frames aside for the caller in one step, so that nobody else gets them: for work that
// needs n frames or none. False if there are fewer; then nothing has changed. The caller takes them
// one by one with the two functions below, and gives up the rest with frame_unreserve(). Any
// context, no locks.
bool frame_reserve(size_t n);
void frame_unreserve(size_t n);

// One of the frames that the caller has set aside: of unknown content, or of zeroes. Never fails.
pfn_t frame_alloc_reserved(void);
pfn_t frame_alloc_zeroed_reserved(void);

// Gives a frame back that has no owner left; with _zeroed all its bytes are 0.
void frame_free(pfn_t pfn);
void frame_free_zeroed(pfn_t pfn);

struct frame_count {
    uint64_t total;    // owned by the allocator, free or not
    uint64_t free;     // available to anyone: without those that are set aside
    uint64_t free_low; // lowest value of free since the last frame_reset_low()
};
struct frame_count frame_counts(void);
void frame_reset_low(void);

// Calls visit() for each free frame. Only while nobody can allocate or free (mm/audit.c).
void frame_visit_free(void (*visit)(pfn_t));
