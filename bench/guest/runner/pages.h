// The pages of a process that a benchmark writes.
#pragma once

#include "kernel/types.h"

#define PAGE_SIZE 4096

// The most heap pages: sbrk takes an int.
#define MAX_HEAP_PAGES 524287

// The most frames that this number of pages takes, with page tables.
static inline uint64 frames_of(uint64 pages)
{
    return pages + pages / 256 + 8;
}

// First page of the heap.
extern volatile uchar *heap;

void heap_grow(uint64 pages);   // fails the run when there is not enough memory
void heap_shrink(uint64 pages); // gives back the last pages

// Makes the stack and all data pages private and writable, as they are in a process that has
// run for a while. After that, the only page faults are those to be measured.
void own_data_pages(void);

// Writes one byte in each of the first `pages` heap pages: three instructions per page.
static inline void heap_write(uint64 pages)
{
    volatile uchar *end = heap + pages * PAGE_SIZE;
    for (volatile uchar *page = heap; page != end; page += PAGE_SIZE)
        *page = 1;
}
