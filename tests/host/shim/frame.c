#include "mm/frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t limit = 1ul << 40;
static uint64_t successes_left = UINT64_MAX;
static uint64_t used, allocations;
static void *boot_memory;

void *frame_boot_alloc(size_t bytes)
{
    boot_memory = aligned_alloc(PAGE_SIZE, align_up(bytes, PAGE_SIZE));
    return memset(boot_memory, 0, align_up(bytes, PAGE_SIZE));
}

pfn_t frame_alloc(void)
{
    if (used >= limit || successes_left == 0)
        return FRAME_NONE;
    if (successes_left != UINT64_MAX)
        successes_left--;
    used++;
    allocations++;
    void *frame = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
    return virt_to_pfn(memset(frame, 0xa5, PAGE_SIZE));
}

pfn_t frame_alloc_zeroed(void)
{
    pfn_t pfn = frame_alloc();
    if (pfn != FRAME_NONE)
        memset(pfn_to_virt(pfn), 0, PAGE_SIZE);
    return pfn;
}

void frame_free(pfn_t pfn)
{
    used--;
    free(pfn_to_virt(pfn));
}

void frame_free_zeroed(pfn_t pfn)
{
    const uint64_t *words = pfn_to_virt(pfn);
    for (size_t i = 0; i < PAGE_SIZE / sizeof *words; i++) {
        if (words[i]) {
            fprintf(stderr, "frame freed as zeroed: word %zu is %#lx\n", i, words[i]);
            abort();
        }
    }
    frame_free(pfn);
}

struct frame_count frame_counts(void)
{
    uint64_t left = limit - used < successes_left ? limit - used : successes_left;
    return (struct frame_count){.total = limit, .free = left, .free_low = left};
}

void frame_shim_set_limit(uint64_t frames)
{
    limit = frames;
}

void frame_shim_fail_after(uint64_t count)
{
    successes_left = count;
}

void frame_shim_fail_never(void)
{
    successes_left = UINT64_MAX;
}

uint64_t frame_shim_used(void)
{
    return used;
}

uint64_t frame_shim_allocations(void)
{
    return allocations;
}

void frame_shim_reset(void)
{
    free(boot_memory);
    boot_memory = 0;
}
