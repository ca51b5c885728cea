#include "pages.h"

#include "benchmark.h"
#include "emit.h"
#include "user/user.h"

volatile uchar *heap;

const struct axis any_pages = {
    .name = "pages",
    .lowest = 0,
    .highest = MAX_HEAP_PAGES,
    .usual = {0, 256, 1024, 4096, 16384},
    .count = 5,
};

const struct axis some_pages = {
    .name = "pages",
    .lowest = 1,
    .highest = MAX_HEAP_PAGES,
    .usual = {256, 1024, 4096, 16384},
    .count = 4,
};

// From the linker script.
extern uchar data_pages_start[];
extern uchar data_pages_end[];

void heap_grow(uint64 pages)
{
    char *first = sbrk(pages * PAGE_SIZE);
    if (first == (char *)-1)
        fail("sbrk(%lu): the kernel has no %lu pages", pages * PAGE_SIZE, pages);
    if ((uint64)first % PAGE_SIZE != 0)
        fail("the heap starts at %lu, which is not the start of a page", (uint64)first);
    heap = (volatile uchar *)first;
}

void heap_shrink(uint64 pages)
{
    if (sbrk(-(int)(pages * PAGE_SIZE)) == (char *)-1)
        fail("sbrk(-%lu): the kernel does not take pages back", pages * PAGE_SIZE);
}

static void rewrite(volatile uchar *byte)
{
    *byte = *byte;
}

void own_data_pages(void)
{
    volatile uchar on_stack = 0;
    rewrite(&on_stack);
    for (uchar *page = data_pages_start; page < data_pages_end; page += PAGE_SIZE)
        rewrite(page);
}
