#include "chain.h"

#include "random.h"

const struct axis touched_percent = {
    .name = "percent",
    .lowest = 0,
    .highest = 100,
    .usual = {0, 1, 10, 25, 50, 75, 100},
    .count = 7,
};

static struct chain_page *page_at(uint64 number)
{
    return (struct chain_page *)(heap + number * PAGE_SIZE);
}

// Sattolo's shuffle: each page begins as the next of itself, and trades that with a page before it.
// This makes one circle of all pages, any circle as likely as any other.
void chain_make(uint64 pages)
{
    struct random random = {.state = pages};
    for (uint64 i = 0; i < pages; i++)
        page_at(i)->next = page_at(i);
    for (uint64 i = pages; i-- > 1;) {
        struct chain_page *other = page_at(random_below(&random, i));
        struct chain_page *mine = page_at(i)->next;
        page_at(i)->next = other->next;
        other->next = mine;
    }
}

uint64 chain_share(uint64 pages, uint64 percent)
{
    return pages * percent / 100;
}
