// The parent forks until fork fails. Each child starts, and waits. Then each of them writes to 16
// of its pages, and keeps them until the last has tried. Those for which the kernel has no frame
// left are killed, and the others go on. In the end all memory must be back. The parent sleeps
// until the next tick after each fork, so that the child starts; no sample is rejected for ticks
// and switches.
//
// Fork sets a frame aside for the first write of each, and neither writes to more than its stack
// before the children use their heaps. So no child is killed as it starts, and the parent never.
// The runner writes to more pages: hence it is not the parent, only counts who ends how, and has no
// heap meanwhile.
//
// Kernel stacks and tables for 4,096 processes are there from the boot on, out of the same 128 MiB.
// With a parent smaller than the usual ones this number is the limit, and not memory.

#include "emit.h"
#include "gate.h"
#include "pages.h"
#include "sample.h"

ABOUT(capacity) = {
    .name = "capacity/pages:P",
    .title = {.en = "no time: the children that fit into 128 MiB, and of these the ones that can "
                    "write 16 pages each",
              .zh = "没有时间：128 MiB 能容纳的子进程，以及其中能各写 16 页的"},
    .unit = {.zh = "子进程"},
    .region = {.en = "no time", .zh = "没有时间"},
    .covers = {.en = "children, and how many of them are killed", .zh = "子进程数；有多少被终止"},
};

enum { WRITTEN_PAGES = 16 };

enum {
    START,
    WRITTEN, // by all, or tried
    END,
    GATES
};

// What the parent tells the runner through a pipe: free frames.
struct report {
    uint64 frames_before, frames_left;
};

static void be_child(const struct gate *gates, uint64 pages)
{
    gate_wait(&gates[START]);
    heap_write(pages < WRITTEN_PAGES ? pages : WRITTEN_PAGES);
    gate_release(&gates[WRITTEN]);
    gate_wait(&gates[END]);
    exit(0);
}

static uint64 frames_free(void)
{
    struct counters now;
    counters(COUNTERS_SYSTEM, &now);
    return now.frames_free;
}

static void fork_children(const struct gate *gates, uint64 pages)
{
    int pid;
    while ((pid = fork()) > 0)
        sleep(1); // the child starts
    if (pid == 0)
        be_child(gates, pages);
}

static void be_parent(uint64 pages, int to_runner)
{
    struct gate gates[GATES];
    for (int i = 0; i < GATES; i++)
        gates[i] = gate_create();
    heap_grow(pages);
    heap_write(pages);
    own_data_pages();
    counters(COUNTERS_RESET, 0);
    struct report report = {.frames_before = frames_free()};
    fork_children(gates, pages);
    report.frames_left = frames_free();
    write(to_runner, &report, sizeof(report));
    gate_release(&gates[START]);
    gate_wait(&gates[WRITTEN]);
    gate_release(&gates[END]);
    exit(0);
}

// The parent's children are the runner's when it has ended. Returns how many were not killed.
static uint64 reap_all(int parent)
{
    uint64 served = 0;
    int pid, status;
    while ((pid = wait(&status)) > 0) {
        if (pid != parent)
            served += status == 0;
    }
    return served;
}

// Runs the parent, and all of its children to their ends. The runner's heap is as before then.
static uint64 run_parent(uint64 pages, struct report *report)
{
    int channel[2];
    if (pipe(channel) < 0)
        fail("capacity: the kernel gives no pipe");
    heap_shrink(pages);
    int pid = fork();
    if (pid == 0)
        be_parent(pages, channel[1]);
    check_fork(pid);
    own_data_pages(); // now, while there is memory
    close(channel[1]);
    uint64 served = reap_all(pid);
    heap_grow(pages);
    heap_write(pages);
    if (read(channel[0], report, sizeof(*report)) != sizeof(*report))
        fail("capacity: the parent did not get to the end of its forks");
    close(channel[0]);
    return served;
}

static enum verdict measure(const uint64 *parameters)
{
    struct report report;
    uint64 served = run_parent(parameters[0], &report);
    counters(COUNTERS_SYSTEM, &sample.counters);
    uint64 children = sample.counters.forks;
    uint64 used = report.frames_before - report.frames_left;

    sample_value("children", children);
    sample_value("frames_before", report.frames_before);
    sample_value("frames_left", report.frames_left);
    sample_value("frames_per_child", children > 0 ? used / children : 0);
    sample_value("children_served", served);
    sample_value("children_killed", children - served);
    return sample_report();
}

// Beside the heap, which the runner has not while the parent has it. The children take what is
// left.
static uint64 frames_needed(const uint64 *parameters)
{
    (void)parameters;
    return 0;
}

static const struct axis parent_pages = {
    .name = "pages",
    .lowest = 1,
    .highest = 17500, // what the machine has beside the kernel and all the processes
    .usual = {4096, 16384},
    .count = 2,
};

BENCHMARK(74, capacity) = {
    .family = "capacity",
    .unit = "children",
    .axes = {&parent_pages},
    .machine = {.mebibytes = 128, .processes = 4096},
    .samples = 1,
    .counts_only = true,
    .kills = true,
    .frames = frames_needed,
    .measure = measure,
};
