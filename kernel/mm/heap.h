// When the heap gets its memory: at sbrk(), or for sbrklazy() at the first touch of each page. In a
// kernel with LAZY=1 both are the latter.
//
// Either way a page of the heap reads as zeroes before it is written to, may be read and written
// and not executed, and all below the break is the process's to use.
#pragma once

#include "mm/fault.h"
#include "mm/frame.h"
#include "mm/space.h"

// The name is for the line that tells what has booted.
#ifdef LAZY_HEAP
#define HEAP_NAME ", lazy heap"
enum { ALL_LAZY = true };
#else
#define HEAP_NAME ""
enum { ALL_LAZY = false };
#endif

// The break moves from begin to end, both page-aligned. 0, or -1 when memory runs out: then nothing
// has changed.
static inline int heap_grow(struct space *space, vaddr_t begin, vaddr_t end, bool lazy)
{
    if (!ALL_LAZY && !lazy)
        return space_map(space, begin, end, PTE_R | PTE_W);
    space->lazy = true;
    return 0;
}

// An access below the break to a page that is not mapped, by the process itself or by the kernel
// on its behalf. Interrupts are off. Like any page that was not mapped before, it needs no flush.
// Out of line, so that the fault path of mapped pages has no registers to save for it.
static __attribute__((noinline, unused)) enum fault heap_touch(struct space *space, vaddr_t address,
                                                               enum access access)
{
    if (address < space->heap || access == ACCESS_FETCH)
        return FAULT_INVALID;
    if (space_map_page(space, align_down(address, PAGE_SIZE), PTE_R | PTE_W))
        return FAULT_NO_MEMORY;
    COUNT(space->counters, faults_zero, 1);
    return FAULT_SERVED;
}

// An upper bound of the pages that are mapped, and a close one where the heap has no large holes.
// One that grew lazily can have a page in each of many tables; but a process has no more pages than
// there are frames in use.
static inline size_t heap_most_pages(const struct space *space)
{
    size_t by_size = align_up(space->size, PAGE_SIZE) / PAGE_SIZE;
    size_t by_tables = space->counters->table_frames * TABLE_ENTRIES;
    size_t pages = by_size < by_tables ? by_size : by_tables;
    if (!space->lazy)
        return pages;
    struct frame_count frames = frame_counts();
    size_t used = frames.total - frames.free;
    return pages < used ? pages : used;
}
