// The heap pages of a process in a random order. Each page holds the address of
// the next one, so following the order touches no other memory.
#pragma once

#include "benchmark.h"
#include "pages.h"

struct chain_page {
    volatile uint64 word;             // its first byte is the one that heap_write writes
    struct chain_page *volatile next; // in a circle
};

// The percentage of pages that a benchmark touches.
extern const struct axis touched_percent;

// Puts the first `pages` heap pages into an order that depends only on their number. Writes each.
void chain_make(uint64 pages);

// This percentage of a number of pages, rounded down. Not inline, so that none of it is moved into
// the region.
uint64 chain_share(uint64 pages, uint64 percent);

// Reads one word in each of count pages: three instructions per page.
static inline void chain_read(uint64 count)
{
    for (const struct chain_page *page = (struct chain_page *)heap; count > 0; count--)
        page = page->next;
}

// The same, and writes one in each: four instructions per page.
static inline void chain_write(uint64 count)
{
    for (struct chain_page *page = (struct chain_page *)heap; count > 0; count--) {
        page->word = 1;
        page = page->next;
    }
}
