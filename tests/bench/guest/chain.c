// chain PAGES: makes the chain of so many heap pages and prints their numbers in its order.

#include "chain.h"

#include <stdio.h>
#include <stdlib.h>

volatile uchar *heap;

int main(int argc, char **argv)
{
    uint64 pages = argc == 2 ? strtoul(argv[1], 0, 10) : 0;
    heap = aligned_alloc(PAGE_SIZE, pages * PAGE_SIZE);
    if (!heap)
        return 1;
    chain_make(pages);
    const struct chain_page *page = (struct chain_page *)heap;
    for (uint64 i = 0; i < pages; i++) {
        printf("%lu\n", ((volatile uchar *)page - heap) / PAGE_SIZE);
        page = page->next;
    }
    bool closed = page == (struct chain_page *)heap;
    free((void *)heap);
    return !closed;
}
