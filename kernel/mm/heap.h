// When the heap gets its memory: sbrk() maps it at once, sbrklazy() leaves each page to its first
// touch. In a kernel with LAZY=1 both do the latter.
//
// Either way, a page of the heap reads as zeroes until it is written to, can be read and written
// but not executed, and the process may use everything below the break.
#pragma once

#include "mm/fault.h"
#include "mm/frame.h"
#include "mm/space.h"

// For the line that says what has booted.
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
// Out of line, so that the fault path of mapped pages saves no registers for it.
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

// An upper bound of the mapped pages, and a close one if the heap has no large holes. A heap that
// grew lazily can have a page in each of many tables, but a process has no more pages than there
// are frames in use.
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
