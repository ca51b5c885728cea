// Makes accesses, calls and returns whose misses are known by arithmetic, between marks for the
// probe.
//
// usage: misses PATTERN...
//     load:STRIDE:COUNT:ROUNDS     loads of so many places of the heap in a circle, each leads to
//     the next store:STRIDE:COUNT:ROUNDS    stores to them calls:DEPTH:0:ROUNDS         so many
//     calls in each other
//
// Each pattern is a sample. It goes on before as it does in the region, until nothing changes any
// more.
#include "../../../bench/probe/mark.h"
#include "user/user.h"

enum { HEAP_BYTES = 8 << 20, WARM_ROUNDS = 3 };

struct pattern {
    char *heap; // not read from memory in a region
    uint64 stride, count, rounds;
};

static inline __attribute__((always_inline)) void load(const struct pattern *pattern, uint64 rounds)
{
    void **at = (void **)pattern->heap;
    for (uint64 steps = pattern->count * rounds; steps > 0; steps--)
        at = *(void *volatile *)at;
}

static inline __attribute__((always_inline)) void store(const struct pattern *pattern,
                                                        uint64 rounds)
{
    uint64 stride = pattern->stride;
    char *first = pattern->heap, *end = first + pattern->count * stride;
    for (; rounds > 0; rounds--) {
        for (char *at = first; at != end; at += stride)
            *(volatile uint64 *)at = rounds;
    }
}

static __attribute__((noinline)) uint64 call(uint64 depth)
{
    uint64 below = depth > 1 ? call(depth - 1) : 0;
    __asm__ volatile("" : "+r"(below)); // else it is no call
    return below + 1;
}

static inline __attribute__((always_inline)) void calls(const struct pattern *pattern,
                                                        uint64 rounds)
{
    for (; rounds > 0; rounds--)
        call(pattern->stride);
}

// The region runs once before, so that its text is there.
#define REGION(act, pattern)                                                                       \
    for (int i = 0; i < 2; i++) {                                                                  \
        act(pattern, WARM_ROUNDS);                                                                 \
        MARK(MARK_BEGIN);                                                                          \
        act(pattern, (pattern)->rounds);                                                           \
        MARK(MARK_END);                                                                            \
    }

static void link_places(const struct pattern *pattern)
{
    for (uint64 i = 0; i < pattern->count; i++) {
        uint64 next = i + 1 < pattern->count ? i + 1 : 0;
        *(char **)(pattern->heap + i * pattern->stride) = pattern->heap + next * pattern->stride;
    }
}

static uint64 number(const char **text)
{
    *text = strchr(*text, ':') + 1;
    return atoi(*text);
}

static void run(char *heap, const char *text)
{
    char kind = *text;
    struct pattern pattern = {.heap = heap};
    pattern.stride = number(&text);
    pattern.count = number(&text);
    pattern.rounds = number(&text);
    link_places(&pattern);
    sleep(1); // until a tick: no other comes in the region
    if (kind == 'l')
        REGION(load, &pattern)
    else if (kind == 's')
        REGION(store, &pattern)
    else
        REGION(calls, &pattern)
    MARK(MARK_KEEP);
}

int main(int argc, char **argv)
{
    char *heap = sbrk(HEAP_BYTES);
    if (heap == SBRK_ERROR)
        return 1;
    memset(heap, 0, HEAP_BYTES);
    for (int i = 1; i < argc; i++)
        run(heap, argv[i]);
    return 0;
}
