#include "workers.h"

#include "clock.h"
#include "emit.h"
#include "pages.h"
#include "sample.h"

// From telling the workers the moment to that moment: they need to be woken.
#define NOTICE_CYCLES 3000000

const struct axis worker_harts = {
    .name = "harts", .lowest = 1, .highest = 8, .usual = {1, 2, 4}, .count = 3};
const struct axis worker_sharing = {
    .name = "sharing", .lowest = 0, .highest = 1, .usual = {0, 1}, .count = 2};

struct result {
    uint64 began; // readings of the clock
    uint64 ended;
    uint64 operations;
};

static struct {
    int reports[2]; // from each worker: a byte when it is prepared, and its result
    int moments[2]; // to each worker: when to begin
    int end[2];     // closed when the workers shall end
} pipes;

static void open_pipes(void)
{
    if (pipe(pipes.reports) < 0 || pipe(pipes.moments) < 0 || pipe(pipes.end) < 0)
        fail("the kernel gives no pipe");
}

static void close_pipe(const int *ends)
{
    close(ends[0]);
    close(ends[1]);
}

static uint64 spin_until(uint64 moment)
{
    uint64 now;
    do
        now = cycles_now();
    while (now < moment);
    return now;
}

static void be_worker(const struct work *work)
{
    struct result result;
    uint64 moment;
    close(pipes.end[1]);
    work->prepare();
    own_data_pages();
    if (write(pipes.reports[1], "", 1) != 1 ||
        read(pipes.moments[0], &moment, sizeof(moment)) != sizeof(moment))
        exit(FAILED);
    result.began = spin_until(moment);
    result.operations = work->run(moment + WORK_CYCLES);
    result.ended = cycles_now();
    char nothing;
    if (write(pipes.reports[1], &result, sizeof(result)) != sizeof(result) ||
        read(pipes.end[0], &nothing, 1) != 0)
        exit(FAILED);
    work->finish();
    exit(TAKEN);
}

static void start_workers(uint64 count, const struct work *work)
{
    for (uint64 i = 0; i < count; i++) {
        int pid = fork();
        check_fork(pid);
        if (pid == 0)
            be_worker(work);
    }
    char ready;
    for (uint64 i = 0; i < count; i++) {
        if (read(pipes.reports[0], &ready, 1) != 1)
            fail("a worker ended before it was ready");
    }
}

static uint64 let_begin(uint64 count)
{
    own_data_pages();
    counters(COUNTERS_RESET, 0);
    uint64 moment = cycles_now() + NOTICE_CYCLES;
    for (uint64 i = 0; i < count; i++)
        write(pipes.moments[1], &moment, sizeof(moment));
    return moment;
}

// Takes the time from the agreed moment until the last worker has ended: what a late one has lost
// is part of it. Returns whether there was a time in which all were at work.
static bool collect(uint64 count, uint64 moment)
{
    uint64 operations = 0;
    uint64 last_began = moment;
    uint64 first_ended = -1;
    uint64 last_ended = moment;
    for (uint64 i = 0; i < count; i++) {
        struct result result;
        if (read(pipes.reports[0], &result, sizeof(result)) != sizeof(result))
            fail("a worker ended without a result");
        operations += result.operations;
        if (result.began > last_began)
            last_began = result.began;
        if (result.ended < first_ended)
            first_ended = result.ended;
        if (result.ended > last_ended)
            last_ended = result.ended;
    }
    sample_keep(moment, last_ended, operations);
    sample_value("late_instructions", last_began - moment);
    return last_began < first_ended;
}

uint64 workers_frames(uint64 count, uint64 pages)
{
    return (2 * count + 1) * frames_of(pages);
}

enum verdict workers_measure(uint64 count, const struct work *work)
{
    heap_grow(work->pages);
    heap_write(work->pages);
    open_pipes();
    start_workers(count, work);
    bool at_once = collect(count, let_begin(count));
    close_pipe(pipes.end);
    for (uint64 i = 0; i < count; i++) {
        int status;
        if (wait(&status) < 0 || status != TAKEN)
            fail("a worker ended with status %lu", (uint64)status);
    }
    close_pipe(pipes.reports);
    close_pipe(pipes.moments);
    heap_shrink(work->pages);
    return at_once ? sample_report() : SAW_SWITCH;
}
