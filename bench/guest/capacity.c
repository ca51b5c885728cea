// Measured: how many children of a process with P pages of heap a machine of 128 MiB holds, and
// what happens when they use what they were given. The parent forks until it gets no child more:
// fork fails, or the new child is killed as it starts, for want of a page. Each child starts, and
// waits. Then each of them writes to 16 of its pages, and keeps them until the last has tried;
// those for which the kernel has no frame left are killed, and the others go on. In the end all
// memory must be back.
// Not measured: time. So no sample is rejected for ticks and switches: the parent sleeps until the
// next tick after each fork, so that the child starts.
//
// The parent may be killed, too, where the last owner of a page needs a frame to write to it. So it
// is not the runner, which only counts who ends how, and has no heap meanwhile.
//
// Kernel stacks and tables for 4,096 processes are there from the boot on, out of the same 128 MiB.
// With a parent smaller than the usual ones this number is the limit, and not memory.

#include "emit.h"
#include "gate.h"
#include "pages.h"
#include "sample.h"

enum { WRITTEN_PAGES = 16 };

enum {
    START,
    WRITTEN, // by all, or tried
    END,
    GATES
};

// What the parent tells the runner through a pipe, as far as it gets. All zeroes to begin with.
struct report {
    uint64 frames_before; // free ones
    uint64 frames_left;
    uint64 fork_failed;
};

static void be_child(const struct gate *gates, uint64 pages)
{
    gate_wait(&gates[START]);
    heap_write(pages < WRITTEN_PAGES ? pages : WRITTEN_PAGES);
    gate_release(&gates[WRITTEN]);
    gate_wait(&gates[END]);
    exit(0);
}

static struct counters system_now(void)
{
    struct counters now;
    counters(COUNTERS_SYSTEM, &now);
    return now;
}

// True: fork has failed; false: a child was killed when it started.
static bool fork_children(const struct gate *gates, uint64 pages)
{
    int pid;
    while ((pid = fork()) > 0) {
        sleep(1); // the child starts
        if (system_now().faults_killed > 0)
            return false;
    }
    if (pid == 0)
        be_child(gates, pages);
    return true;
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
    struct report report = {.frames_before = system_now().frames_free};
    write(to_runner, &report.frames_before, sizeof(report.frames_before));

    report.fork_failed = fork_children(gates, pages);
    report.frames_left = system_now().frames_free;
    write(to_runner, &report.frames_left, sizeof(report) - sizeof(report.frames_before));
    gate_release(&gates[START]);
    gate_wait(&gates[WRITTEN]);
    gate_release(&gates[END]);
    exit(0);
}

// The parent's children are the runner's when it has ended. Returns how many were not killed.
static uint64 reap_all(int parent, bool *parent_killed)
{
    uint64 served = 0;
    int pid, status;
    while ((pid = wait(&status)) > 0) {
        if (pid == parent)
            *parent_killed = status < 0;
        else
            served += status == 0;
    }
    return served;
}

// Runs the parent, and all of its children to their ends. The runner's heap is as before then.
static uint64 run_parent(uint64 pages, struct report *report, bool *parent_killed)
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
    uint64 served = reap_all(pid, parent_killed);
    heap_grow(pages);
    heap_write(pages);
    *report = (struct report){0};
    for (char *at = (char *)report; read(channel[0], at, sizeof(uint64)) > 0; at += sizeof(uint64))
        ;
    close(channel[0]);
    return served;
}

static enum verdict measure(const uint64 *parameters)
{
    struct report report;
    bool parent_killed = false;
    uint64 served = run_parent(parameters[0], &report, &parent_killed);
    counters(COUNTERS_SYSTEM, &sample.counters);
    bool killed_at_start = !report.fork_failed && !parent_killed;
    uint64 children = sample.counters.forks - killed_at_start;
    uint64 used = report.frames_before - report.frames_left;

    sample_value("children", children);
    sample_value("fork_failed", report.fork_failed);
    sample_value("parent_killed", parent_killed);
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
    .covers = "children that fit into 128 MiB, and of these the ones that can write 16 pages each",
    .axes = {&parent_pages},
    .machine = {.mebibytes = 128, .processes = 4096},
    .clocks = EXACT_CLOCK,
    .samples = 1,
    .counts_only = true,
    .kills = true,
    .frames = frames_needed,
    .measure = measure,
};
