#include "mm/frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t limit = 1ul << 40;
static uint64_t successes_left = UINT64_MAX;
static uint64_t used, reserved, allocations;
static void *boot_memory;
static size_t boot_bytes;
static char *large; // of frame_shim_be_large(): the next frame

enum { LARGE = 64 << 20 };

static void *pages(size_t bytes)
{
    void *memory =
        mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? 0 : memory;
}

// Where it is not too large, from the host's allocator, which sees an access beyond its end.
void *frame_boot_alloc(size_t bytes)
{
    boot_bytes = align_up(bytes, PAGE_SIZE);
    if (boot_bytes >= LARGE)
        return boot_memory = pages(boot_bytes);
    boot_memory = aligned_alloc(PAGE_SIZE, boot_bytes);
    return memset(boot_memory, 0, boot_bytes);
}

bool frame_reserve(size_t n)
{
    if (used + reserved + n > limit || successes_left == 0)
        return false;
    if (successes_left != UINT64_MAX)
        successes_left--;
    reserved += n;
    return true;
}

pfn_t frame_alloc_zeroed_reserved(void)
{
    if (reserved == 0) {
        fprintf(stderr, "a frame is taken that was not set aside\n");
        abort();
    }
    reserved--;
    used++;
    allocations++;
    if (!large)
        return virt_to_pfn(memset(aligned_alloc(PAGE_SIZE, PAGE_SIZE), 0, PAGE_SIZE));
    large += PAGE_SIZE;
    return virt_to_pfn(large - PAGE_SIZE);
}

void frame_free(pfn_t pfn)
{
    used--;
    if (!large)
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

uint64_t frame_shim_reserved(void)
{
    return reserved;
}

void frame_shim_unreserve(uint64_t frames)
{
    reserved -= frames;
}

void frame_shim_reset(void)
{
    if (boot_bytes >= LARGE)
        munmap(boot_memory, boot_bytes);
    else
        free(boot_memory);
    boot_memory = 0;
}

void frame_shim_be_large(uint64_t frames)
{
    large = pages(frames * PAGE_SIZE);
}
