// Values are frames in use more than before the fork. The counters are those of all four children
// together.
//
// A process that runs writes its stack and data: the numbers of the child include its own frames
// for these, that of fork does not.
//
// Each share is written by a child of its own, which ends with its number of frames as exit status
// and so gets it to the parent; the parent writes all its pages again before each fork. The
// frames after exit are the most that any of the children left behind.

#include "emit.h"
#include "pages.h"
#include "sample.h"

ABOUT(memory) = {
    .name = "memory/pages:P",
    .figure = "memory",
    .title =
        {.en = "no time: frames used by fork, by the child's writes to 0, 10, 50, 100 % of its "
               "pages, and after its exit",
         .zh = "没有时间：fork 之后，子进程写 0、10、50、100 % 的页之后，以及它退出之后占用的页帧"},
    .unit = {.zh = "页帧"},
    .region = {.en = "no time", .zh = "没有时间"},
    .covers = {.en = "frames in use, bytes of reference counts",
               .zh = "多占用的页帧，引用计数的字节数"},
};

// What the parent notes about one child.
struct share {
    uint64 frames_fork;    // after fork
    uint64 frames_written; // after the child's writes
    uint64 frames_exit;    // after its end
    uint64 metadata_bytes; // after fork
};

static int write_share(uint64 pages, uint64 free_before)
{
    own_data_pages();
    heap_write(pages);
    return free_before - sample_frames_free();
}

// Forks a child that writes the first `written` of all heap pages.
static struct share measure_share(uint64 pages, uint64 written)
{
    struct share share;
    own_data_pages();
    heap_write(pages);
    uint64 free_before = sample_frames_free();
    int pid = fork();
    if (pid == 0)
        exit(write_share(written, free_before));
    // At once: a write to the stack before it would add a frame.
    counters(COUNTERS_SYSTEM, &sample.counters);
    check_fork(pid);
    share.frames_fork = free_before - sample.counters.frames_free;
    share.metadata_bytes = sample.counters.metadata_bytes;
    share.frames_written = reap_child(pid);
    share.frames_exit = free_before - sample_frames_free();
    return share;
}

static enum verdict measure(const uint64 *parameters)
{
    static const struct {
        const char *key;
        uint64 percent;
    } steps[] = {{"frames_after_0", 0},
                 {"frames_after_10", 10},
                 {"frames_after_50", 50},
                 {"frames_after_100", 100}};
    uint64 pages = parameters[0];
    struct share shares[4];
    uint64 frames_exit = 0;
    counters(COUNTERS_RESET, 0);
    for (int i = 0; i < 4; i++) {
        shares[i] = measure_share(pages, pages * steps[i].percent / 100);
        if (shares[i].frames_exit > frames_exit)
            frames_exit = shares[i].frames_exit;
    }
    sample_value("frames_fork", shares[0].frames_fork);
    for (int i = 0; i < 4; i++)
        sample_value(steps[i].key, shares[i].frames_written);
    sample_value("frames_after_exit", frames_exit);
    sample_value("metadata_bytes_fork", shares[0].metadata_bytes);
    return sample_report();
}

BENCHMARK(70, memory) = {
    .family = "memory",
    .unit = "frames",
    .axes = {&any_pages},
    .counts_only = true,
    .measure = measure,
};
