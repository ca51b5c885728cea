// The heap pages of a process in a random order. The order lies in the pages themselves, each of
// which holds the address of the next: following it takes no memory but the pages it is about.
#pragma once

#include "benchmark.h"
#include "pages.h"

struct chain_page {
    volatile uint64 word;             // its first byte is the one that heap_write writes
    struct chain_page *volatile next; // in a circle
};

// How many of the pages a benchmark touches, in percent.
extern const struct axis touched_percent;

// Puts the first `pages` heap pages into an order that depends on their number alone. Writes each.
void chain_make(uint64 pages);

// The number of pages that are so many percent, rounded down. Not inline, so that nothing of it is
// moved into the region.
uint64 chain_share(uint64 pages, uint64 percent);

// Reads one word in each of so many pages: three instructions a page.
static inline void chain_read(uint64 count)
{
    for (const struct chain_page *page = (struct chain_page *)heap; count > 0; count--)
        page = page->next;
}

// The same, and writes one in each: four instructions a page.
static inline void chain_write(uint64 count)
{
    for (struct chain_page *page = (struct chain_page *)heap; count > 0; count--) {
        page->word = 1;
        page = page->next;
    }
}
