// The parent forks the children, lets all go, and each writes one byte in each of 256 heap pages,
// which all of them and the parent share. When the last has done so, they end. instructions_fork is
// the part up to the last fork's return, instructions_write the part from there until all have
// written. The parent has one fault, on the heap page that it reads the children's answers into,
// when they all have their own pages.
//
// The children wait at two pipes, once before and once after they write, and answer through a
// third. The byte that lets a child go is read into its first heap page, which it would write
// anyway; so that one fault is the kernel's own write. The pipes are the same work in every
// variant: with fork and exit of children that have no heap, what N:0 would be.
//
// A child writes when the parent waits for the answers: one after the other, in the order of their
// births. The parent never writes, so the pages have an owner left when the last child has copied.
//
// How often they change depends on who is woken when: any number of switches is taken, since
// without a tick all of them are by processes that wait or end. A sample with a tick is rejected,
// but for those of so many children that they take longer than one (from about 250 on).

#include "emit.h"
#include "pages.h"
#include "sample.h"

ABOUT(fork_wide) = {
    .name = "fork_wide/children:N",
    .title =
        {.en = "N children that are alive at once are forked, then write 256 pages each, then end",
         .zh = "fork 出同时存在的 N 个子进程，然后各写 256 页，再退出"},
    .unit = {.zh = "运行"},
    .region = {.en = "before the first `fork`, after the last `wait`",
               .zh = "第一次 `fork` 之前到最后一次 `wait` 之后"},
    .covers = {.en = "the forks; the writes of each child to 256 pages, when all children are "
                     "there; their ends, when all have written; three pipes that hold them back; "
                     "as many context switches as it takes",
               .zh = "各次 fork；所有子进程都在之后，每个写 256 "
                     "页；全部写完之后它们退出；用来等待的三条管道；需要多少次进程切换就有多少次"},
    .omits = {.en = "faults on stack and data", .zh = "栈和数据上的缺页"},
};

enum { PAGES = 256, OTHER_FRAMES = 32 }; // of a process: the rest of its pages, and page tables

static const struct axis children_axis = {
    .name = "children",
    .lowest = 1,
    .highest = 1000,
    .usual = {1, 4, 16, 60},
    .count = 4,
};

// Pipes; the child's end of the first two is [0], of the answers [1].
static int start_gate[2], end_gate[2], answers[2];

static void open_pipes(void)
{
    if (pipe(start_gate) < 0 || pipe(end_gate) < 0 || pipe(answers) < 0)
        fail("fork_wide: the kernel gives no pipe");
}

static void close_pipes(void)
{
    for (int end = 0; end < 2; end++) {
        close(start_gate[end]);
        close(end_gate[end]);
        close(answers[end]);
    }
}

// The functions in the region are inline: a call would write to the stack.

static inline __attribute__((always_inline, noreturn)) void live(void)
{
    read(start_gate[0], (void *)heap, 1);
    heap_write(PAGES);
    write(answers[1], (void *)heap, 1);
    read(end_gate[0], (void *)heap, 1);
    exit(0);
}

// Returns how many children there are.
static inline __attribute__((always_inline)) uint64 fork_all(uint64 children)
{
    uint64 born = 0;
    for (; born < children; born++) {
        int pid = fork();
        if (pid == 0)
            live();
        if (pid < 0)
            break;
    }
    return born;
}

static inline __attribute__((always_inline)) void await_answers(uint64 children)
{
    while (children > 0) {
        int answered = read(answers[0], (void *)heap, children);
        if (answered <= 0)
            exit(FAILED);
        children -= answered;
    }
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 children = parameters[0];
    open_pipes();
    heap_grow(PAGES);
    heap_write(PAGES);
    uint64 free_before = sample_frames_free();
    uint64 start = sample_start();
    uint64 born = fork_all(children);
    uint64 forked = cycles_now();
    write(start_gate[1], (void *)heap, born);
    await_answers(born);
    uint64 written = cycles_now();
    write(end_gate[1], (void *)heap, born);
    for (uint64 i = 0; i < born; i++)
        wait(0);
    sample_keep(start, region_end(), 1);
    heap_shrink(PAGES);
    close_pipes();
    if (born != children)
        fail("fork_wide: %lu of %lu children were born", born, children);
    sample_peak(free_before);
    sample_value("instructions_fork", sample_time(start, forked));
    sample_value("instructions_write", sample_time(forked, written));
    return sample_report();
}

static uint64 frames(const uint64 *parameters)
{
    return PAGES + parameters[0] * (PAGES + OTHER_FRAMES);
}

BENCHMARK(23, fork_wide) = {
    .family = "fork_wide",
    .unit = "run",
    .axes = {&children_axis},
    .machine = {.processes = 1024},
    .samples = 3,
    .switches = ANY_SWITCHES,
    .long_samples = true,
    .frames = frames,
    .measure = measure,
};
