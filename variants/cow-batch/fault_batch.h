// Faults: a write to a page with PTE_COW copies it if there is another owner, and takes the next
// pages along that have another owner, too. The window has 2 pages; it doubles, up to 16, as long
// as a process goes on where the last window ended.
#pragma once

#include "common/copy.h"
#include "common/last.h"
#include "lib/print.h"
#include "mm/cow.h"

// The copy of the page itself. Those ahead take frames only while many are free.
enum { COW_WRITE_FRAMES = 1 };

enum { BATCH_LEAST = 2, BATCH_MOST = 16 };

static inline bool cow_serves(pte_t entry, enum access access)
{
    return access == ACCESS_STORE && entry & PTE_COW;
}

// How many pages to look at from this one on. They are in one leaf table.
static inline size_t batch_window(struct cow_space *cow, vaddr_t page)
{
    size_t window = BATCH_LEAST;
    if (page == cow->next)
        window = cow->window < BATCH_MOST ? 2 * cow->window : BATCH_MOST;
    cow->window = window;
    cow->next = page + window * PAGE_SIZE;
    size_t left = TABLE_ENTRIES - leaf_index(page);
    return window < left ? window : left;
}

// A frame for a copy that nobody has asked for: only while an eighth of memory is free. So memory
// that is short goes to writes that are made.
static inline pfn_t batch_frame(void)
{
    struct frame_count frames = frame_counts();
    return frames.free > frames.total / 8 ? frame_alloc() : FRAME_NONE;
}

// Drops the frames that were copied.
static inline void batch_drop(const pfn_t *old, size_t n)
{
    struct count_batch counts;
    count_open_to_drop(&counts);
    for (size_t i = 0; i < n; i++) {
        if (count_drop(&counts, old[i]) == 0)
            frame_free(old[i]);
    }
    count_close(&counts);
}

// Copies those of the pages that have another owner. The first one has been copied, with a new
// generation; the others' translations are of this hart, too, where they go before the frames do.
static inline void copy_ahead(struct space *space, vaddr_t page, pte_t *entry, size_t n)
{
    debug_assert(n <= BATCH_MOST && leaf_index(page) + n <= TABLE_ENTRIES);
    pfn_t old[BATCH_MOST];
    size_t copied = 0;
    for (size_t i = 1; i < n; i++) {
        pte_t pte = entry[i];
        if (!(pte & PTE_COW) || count_is_alone(pte_pfn(pte)))
            continue;
        pfn_t new = batch_frame();
        if (new == FRAME_NONE)
            break;
        page_copy(pfn_to_virt(new), pfn_to_virt(pte_pfn(pte)));
        entry[i] = pte_make(new, (pte & PTE_FLAGS) ^ PTE_OWN_OR_COW);
        space_flush_page(space, page + i * PAGE_SIZE);
        if (pte & PTE_X)
            fence_i();
        old[copied++] = pte_pfn(pte);
    }
    batch_drop(old, copied);
    COUNT(space->counters, pages_copied, copied);
}

// Out of line, so that the path that reuses saves no registers for it.
static __attribute__((noinline)) enum fault copy_batch(struct space *space, vaddr_t page,
                                                       pte_t *entry)
{
    enum fault result = cow_copy(space, page, entry);
    if (result == FAULT_SERVED)
        copy_ahead(space, page, entry, batch_window(&space->cow, page));
    return result;
}

static inline enum fault cow_serve(struct space *space, vaddr_t page, pte_t *entry,
                                   enum access access)
{
    (void)access;
    if (!cow_reuses_last(pte_pfn(*entry)))
        return copy_batch(space, page, entry);
    // A translation that another hart may hold still forbids writing, which is harmless: it
    // would fault, and find the entry as it is now.
    *entry ^= PTE_OWN_OR_COW;
    tlb_flush_page(page);
    struct counters *counters = space->counters;
    COUNT(counters, flushes_local, 1);
    COUNT(counters, faults_reuse, 1);
    return FAULT_SERVED;
}
