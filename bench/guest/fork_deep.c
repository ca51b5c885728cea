// Each generation finds the pages shared with its parent alone, whose own copies they are. The
// first is the exception: its parent wrote them before. At the end of the line all generations live
// at once, each with its own 256 pages.

#include "emit.h"
#include "pages.h"
#include "sample.h"

ABOUT(fork_deep) = {
    .name = "fork_deep/generations:G",
    .title = {.en = "child of child of child: each writes 256 pages and forks the next",
              .zh = "子进程的子进程的子进程：每一代写 256 页，再 fork 下一代"},
    .unit = {.zh = "运行"},
    .region = {.en = "before the first `fork`, after its `wait`",
               .zh = "第一次 `fork` 之前到它的 `wait` 之后"},
    .covers = {.en = "each child writes 256 pages and forks the next; the last one ends first; two "
                     "context switches per generation",
               .zh = "每个子进程写 256 页，再 fork 下一代；最后一代最先退出；每代两次进程切换"},
    .omits = {.en = "faults on stack and data", .zh = "栈和数据上的缺页"},
};

enum { PAGES = 256, OTHER_FRAMES = 32 }; // of a process: the rest of its pages, and page tables

static const struct axis generations_axis = {
    .name = "generations",
    .lowest = 1,
    .highest = 60,
    .usual = {1, 4, 16},
    .count = 3,
};

// Returns in every process, with the number of its generation: 0 in the first. No process writes
// to its stack in here, nor behind it.
static inline uint64 descend(uint64 generations)
{
    uint64 generation = 0;
    while (generation < generations && fork() == 0) {
        generation++;
        heap_write(PAGES);
    }
    return generation;
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 generations = parameters[0];
    heap_grow(PAGES);
    heap_write(PAGES);
    uint64 free_before = sample_frames_free();
    uint64 start = sample_start();
    uint64 generation = descend(generations);
    if (generation < generations)
        wait(0);
    if (generation > 0)
        exit(0);
    sample_keep(start, region_end(), 1);
    heap_shrink(PAGES);
    if (sample.counters.forks != generations)
        fail("fork_deep: %lu of %lu generations were born", sample.counters.forks, generations);
    sample_peak(free_before);
    return sample_report();
}

static uint64 frames(const uint64 *parameters)
{
    return PAGES + parameters[0] * (PAGES + OTHER_FRAMES);
}

BENCHMARK(24, fork_deep) = {
    .family = "fork_deep",
    .unit = "run",
    .axes = {&generations_axis},
    .samples = 5,
    .switches_each = 2,
    .frames = frames,
    .measure = measure,
};
