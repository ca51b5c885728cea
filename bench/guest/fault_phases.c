// Where fork copies, kinds 1 and 2 are a plain store, of one instruction.
//
// This needs a kernel with marks (user/include/kernel/phases.h). What the marks take is measured by
// the kernel and subtracted, from the phases and from the time; it is instructions_overhead. In a
// kernel without marks there is the time alone, which says how much they change beyond that.

#include "emit.h"
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
    .omits = {.en = "what marks cost; what is done less often than in each fault, such as fetching "
                    "a batch of free frames",
              .zh = "标记本身的开销；并非每次缺页都做的工作，例如取一批空闲页帧"},
};

enum { FORK, COPY, LAST, KINDS };
enum { PAGES = 1024 };

static const struct axis kind = {
    .name = "kind", .lowest = 0, .highest = KINDS - 1, .usual = {FORK, COPY, LAST}, .count = KINDS};

static const char *const names[PHASES] = {
    [PHASE_ENTRY] = "instructions_entry",       [PHASE_LOOKUP] = "instructions_lookup",
    [PHASE_ALLOCATE] = "instructions_allocate", [PHASE_COPY] = "instructions_copy",
    [PHASE_COUNT] = "instructions_count",       [PHASE_MAP] = "instructions_map",
    [PHASE_FLUSH] = "instructions_flush",       [PHASE_EXIT] = "instructions_exit",
    [PHASE_OTHER] = "instructions_other"};

static struct phases phases_now;

// The time between the marks that ended the phase and those before them.
static uint64 inner_time(enum phase phase)
{
    const struct phase_sums *sums = &phases_now.sums[phase];
    return sums->ended - sums->began - sums->marks * phases_now.mark_cost;
}

// Of a region that began and ended at these readings of the clock. One without a mark is no work of
// the kernel.
static uint64 phase_time(enum phase phase, uint64 start, uint64 end)
{
    bool marked = phases_now.sums[PHASE_ENTRY].marks > 0;
    switch (phase) {
    case PHASE_ENTRY:
        return marked ? sample_time(start, phases_now.sums[PHASE_ENTRY].ended) : 0;
    case PHASE_EXIT:
        return marked ? end - phases_now.sums[PHASE_EXIT].ended - phases_now.mark_cost : 0;
    case PHASE_OTHER:
        return marked ? inner_time(PHASE_OTHER) + inner_time(PHASE_EXIT) : sample_time(start, end);
    default:
        return inner_time(phase);
    }
}

static uint64 overhead(void)
{
    uint64 marks = 0;
    for (enum phase phase = 0; phase < PHASES; phase++)
        marks += phases_now.sums[phase].marks;
    return marks * phases_now.mark_cost;
}

// After sample_keep.
static void keep_phases(uint64 start, uint64 end)
{
    if (phases(PHASES_STOP, &phases_now) < 0)
        return;
    if (phases_now.version != PHASES_VERSION || phases_now.size != sizeof(phases_now))
        fail("fault_phases: the kernel tells of phases by version %lu, this reads version %lu: "
             "build both from one source",
             phases_now.version, (uint64)PHASES_VERSION);
    uint64 time = sample_time(start, end) - overhead();
    uint64 sum = 0;
    for (enum phase phase = 0; phase < PHASES; phase++) {
        uint64 part = phase_time(phase, start, end);
        if (part > time)
            fail("fault_phases: %s is more than the whole", names[phase]);
        sample_value(names[phase], part);
        sum += part;
    }
    if (sum != time)
        fail("fault_phases: the phases are %lu instructions together, the whole is %lu", sum, time);
    sample_value("instructions_overhead", overhead());
    sample_store(end - start - overhead(), 1);
}

static enum verdict measure_fork(void)
{
    sample_align();
    phases(PHASES_START, 0);
    uint64 start = cycles_now();
    int pid = fork();
    uint64 end = cycles_now();
    if (pid == 0)
        exit(0);
    phases(PHASES_STOP, 0);
    sample_keep(start, end, 1);
    check_fork(pid);
    reap_child(pid);
    keep_phases(start, end);
    return sample_report();
}

static enum verdict measure_store(void)
{
    volatile uchar *byte = heap;
    sample_align();
    phases(PHASES_START, 0);
    uint64 start = cycles_now();
    *byte = 0;
    uint64 end = cycles_now();
    phases(PHASES_STOP, 0);
    sample_keep(start, end, 1);
    keep_phases(start, end);
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
    .machine = {.phases = true},
    .clocks = EXACT_CLOCK,
    .samples = 10,
    .frames = frames,
    .measure = measure,
};
