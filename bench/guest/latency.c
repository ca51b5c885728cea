// The places are in a random order, so that no line leads to its neighbor. Where the heap is larger
// than a cache or a TLB, the chase misses there at nearly every step.
//
// One round goes before the region: then what can be in a cache is in it.

#include "emit.h"
#include "pages.h"
#include "random.h"
#include "sample.h"

enum { LINE = 64, STEPS = 1 << 16 };

ABOUT(latency) = {
    .name = "latency/pages:P",
    .figure = "latency",
    .title = {.en = "65,536 loads, each from the line that the last one named, over P pages",
              .zh = "65,536 次读取，每次读取前一次所指的行，分布在 P 页上"},
    .unit = {.zh = "读取"},
    .region = {.en = "before the first load, after the last one",
               .zh = "第一次读取之前到最后一次之后"},
    .covers = {.en =
                   "three instructions per load; with the probe's events, what caches and TLBs add",
               .zh = "每次读取三条指令；结合探针的事件，可得高速缓存和 TLB 的代价"},
    .omits = {.en = "any page fault, any system call", .zh = "任何缺页，任何系统调用"},
};

// Powers of two, from one page to 8 MiB: past the second-level caches of bench/cores.
static const struct axis heap_axis = {
    .name = "pages",
    .lowest = 1,
    .highest = 65536,
    .usual = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048},
    .count = 12,
};

// One circle through all lines (S. Sattolo, "An algorithm to generate a random cyclic permutation",
// Information Processing Letters, 1986). A line holds the number of the next one.
static void link_lines(uint64 lines)
{
    struct random random = {1};
    for (uint64 i = 0; i < lines; i++)
        *(volatile uint64 *)(heap + i * LINE) = i;
    for (uint64 i = lines - 1; i > 0; i--) {
        volatile uint64 *one = (volatile uint64 *)(heap + i * LINE);
        volatile uint64 *other = (volatile uint64 *)(heap + random_below(&random, i) * LINE);
        uint64 next = *one;
        *one = *other;
        *other = next;
    }
    for (uint64 i = 0; i < lines; i++) {
        volatile uint64 *line = (volatile uint64 *)(heap + i * LINE);
        *line = (uint64)heap + *line * LINE;
    }
}

static inline __attribute__((always_inline)) uint64 chase(uint64 place, uint64 steps)
{
    for (; steps > 0; steps--)
        place = *(volatile uint64 *)place;
    return place;
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 lines = parameters[0] * PAGE_SIZE / LINE;
    link_lines(lines);
    sample_align();
    uint64 place = chase((uint64)heap, lines);
    uint64 start = region_begin();
    place = chase(place, STEPS);
    sample_keep(start, region_end(), STEPS);
    if (place % LINE != 0)
        fail("latency: the chase has left its circle");
    return sample_report();
}

// No child: the heap is the runner's.
static uint64 frames(const uint64 *parameters)
{
    return frames_of(parameters[0]);
}

BENCHMARK(15, latency) = {
    .family = "latency",
    .unit = "load",
    .axes = {&heap_axis},
    .samples = 3,
    .frames = frames,
    .measure = measure,
};
