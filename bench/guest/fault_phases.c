// Where fork copies, kinds 1 and 2 are a plain store, of one instruction.
//
// The values instructions_entry to instructions_other come from the probe and bench/phases.toml
// (bench/host/attribution/phases.py); without the probe there is the time alone.

#include "pages.h"
#include "sample.h"

ABOUT(fault_phases) = {
    .name = "fault_phases/kind:K",
    .figure = "phases",
    .title =
        {.en = "one fork of 1,024 pages (K is 0), one write fault that copies (1), one by the last "
               "owner (2), divided into the [phases](docs/reading-results.md#phases) of the "
               "kernel's work",
         .zh = "一次 1,024 页的 fork（K 为 "
               "0）、一次引起复制的写缺页（1）、一次最后一个所有者的写缺页（2），划分为内核工作的各"
               "个[阶段](docs/reading-results.md#phases)"},
    .unit = {.zh = "操作"},
    .region = {.en = "around one `fork` of a parent with 1,024 heap pages (K is 0), one store to a "
                     "page that is shared (1), or was (2)",
               .zh = "父进程堆为 1,024 页时一次 `fork`（K 为 "
                     "0）、对共享页（1）或曾被共享的页（2）的一次写的前后"},
    .covers = {.en = "the work of that one call or fault, in parts, see "
                     "[phases](docs/reading-results.md#phases)",
               .zh = "这一次调用或缺页的工作，分为各个[阶段](docs/reading-results.md#phases)"},
    .omits = {.en = "what is done less often than in each fault, such as fetching a batch of free "
                    "frames",
              .zh = "并非每次缺页都做的工作，例如取一批空闲页帧"},
};

enum { FORK, COPY, LAST, KINDS };
enum { PAGES = 1024 };

static const struct axis kind = {
    .name = "kind", .lowest = 0, .highest = KINDS - 1, .usual = {FORK, COPY, LAST}, .count = KINDS};

static enum verdict measure_fork(void)
{
    uint64 start = sample_start();
    int pid = fork();
    uint64 end = region_end();
    if (pid == 0)
        exit(0);
    sample_keep(start, end, 1);
    check_fork(pid);
    reap_child(pid);
    return sample_report();
}

static enum verdict measure_store(void)
{
    // Far from the stack, and from what else was written; computed before the region.
    volatile uchar *byte = heap + PAGES / 2 * PAGE_SIZE;
    __asm__ volatile("" : "+r"(byte));
    uint64 start = sample_start();
    *byte = 0;
    sample_keep(start, region_end(), 1);
    return sample_report();
}

static enum verdict measure_kind(uint64 chosen)
{
    if (chosen == FORK)
        return measure_fork();
    int pid = fork();
    check_fork(pid);
    if (pid == 0)
        exit(chosen == COPY ? (int)measure_store() : 0);
    int status = reap_child(pid);
    return chosen == COPY ? (enum verdict)status : measure_store();
}

static enum verdict measure(const uint64 *parameters)
{
    heap_grow(PAGES);
    heap_write(PAGES);
    enum verdict verdict = measure_kind(parameters[0]);
    heap_shrink(PAGES);
    return verdict;
}

static uint64 frames(const uint64 *parameters)
{
    (void)parameters;
    return 2 * frames_of(PAGES);
}

BENCHMARK(90, fault_phases) = {
    .family = "fault_phases",
    .unit = "operation",
    .axes = {&kind},
    .samples = 10,
    .frames = frames,
    .measure = measure,
};
