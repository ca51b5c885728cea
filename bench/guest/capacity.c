// Measured: how many children of a process with P pages of heap a machine of 128 MiB holds, and
// what happens when they use what they were given. The parent forks until it gets no child more:
// fork fails, or the new child is killed as it starts, for want of a page. Each child starts, and
// waits. Then each of them writes to 16 of its pages, and keeps them until the last has tried;
// those for which the kernel has no frame left are killed, and the others go on. In the end all
// memory must be back.
// Not measured: time.
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

// Returns how many children have started. *failed: fork has said no.
static uint64 fork_children(const struct gate *gates, uint64 pages, bool *failed)
{
    uint64 children = 0;
    *failed = false;
    for (;;) {
        int pid = fork();
        if (pid == 0)
            be_child(gates, pages);
        *failed = pid < 0;
        if (*failed)
            return children;
        sleep(1); // the child starts
        if (system_now().faults_killed > 0)
            return children;
        children++;
    }
}

// Returns how many of the children were not killed.
static uint64 reap_all(void)
{
    uint64 ended = 0;
    for (int status; wait(&status) > 0;)
        ended += status == 0;
    return ended;
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 pages = parameters[0];
    bool failed;
    struct gate gates[GATES];
    for (int i = 0; i < GATES; i++)
        gates[i] = gate_create();
    own_data_pages();
    counters(COUNTERS_RESET, 0);
    uint64 frames = system_now().frames_free;
    uint64 children = fork_children(gates, pages, &failed);
    uint64 frames_left = system_now().frames_free;
    gate_release(&gates[START]);
    gate_wait(&gates[WRITTEN]);
    gate_release(&gates[END]);
    uint64 served = reap_all();
    for (int i = 0; i < GATES; i++)
        gate_close(&gates[i]);
    counters(COUNTERS_SYSTEM, &sample.counters);
    if (children == 0 && !failed)
        fail("capacity: the first child was killed");

    sample_value("children", children);
    sample_value("fork_failed", failed);
    sample_value("frames_before", frames);
    sample_value("frames_left", frames_left);
    sample_value("frames_per_child", children > 0 ? (frames - frames_left) / children : 0);
    sample_value("children_served", served);
    sample_value("children_killed", children - served);
    return sample_report();
}

// Whatever there is beside the heap is enough.
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
    .concurrent = true,
    .frames = frames_needed,
    .measure = measure,
};
