// The values are the frames in use more than before the workers, for each of them: when they have
// started, and when they have served; and how many frames fewer the latter are than a copy of the
// data for each.
//
// The data has 1,024 pages. A request reads 1 KiB in each of 16 pages, and adds to a counter in one
// page; which ones is random, with a seed for each worker. A worker serves 64 requests, one after
// another without waiting. It checks all that it reads, and in the end its own counters: another
// process's must not be among them.

#include "emit.h"
#include "gate.h"
#include "pages.h"
#include "random.h"
#include "sample.h"

ABOUT(prefork) = {
    .name = "prefork/workers:W",
    .title = {.en = "W forked workers serve requests that read much of a server's 1,024 pages and "
                    "write little; also memory for each worker",
              .zh = "W 个 fork 出来的工作进程处理请求，对服务器的 1,024 "
                    "页读多写少；另有每个工作进程的内存"},
    .unit = {.zh = "请求"},
    .region = {.en = "in the server, from letting the workers go to the last answer",
               .zh = "在服务器中，从放行工作进程到最后一个回答"},
    .covers =
        {.en = "64 requests of each worker; its first write to each page; one switch to each, and "
               "one more",
         .zh = "每个工作进程的 64 个请求；它对每页的第一次写；到每个工作进程的一次切换，再加一次"},
    .omits = {.en = "the forks, the start of the workers, their ends",
              .zh = "各次 fork，工作进程的启动和退出"},
};

enum {
    DATA_PAGES = 1024,
    PAGE_WORDS = PAGE_SIZE / sizeof(uint64),
    REQUESTS = 64, // of each worker
    READ_PAGES = 16,
    READ_WORDS = 128,
    // In a page.
    COUNTER = 0,
    DATA = 1,
};

static uint64 *data_page(uint64 page)
{
    return (uint64 *)heap + page * PAGE_WORDS;
}

static void load_data(void)
{
    for (uint64 page = 0; page < DATA_PAGES; page++) {
        uint64 *words = data_page(page);
        words[COUNTER] = 0;
        for (int i = 0; i < READ_WORDS; i++)
            words[DATA + i] = page;
    }
}

static bool serve(struct random *random)
{
    bool right = true;
    for (int i = 0; i < READ_PAGES; i++) {
        uint64 page = random_below(random, DATA_PAGES);
        const uint64 *word = data_page(page) + DATA;
        uint64 sum = 0;
        for (const uint64 *end = word + READ_WORDS; word < end; word++)
            sum += *word;
        right &= sum == READ_WORDS * page;
    }
    data_page(random_below(random, DATA_PAGES))[COUNTER]++;
    return right;
}

static uint64 counted(void)
{
    uint64 sum = 0;
    for (uint64 page = 0; page < DATA_PAGES; page++)
        sum += data_page(page)[COUNTER];
    return sum;
}

enum {
    READY, // each worker has started
    START,
    SERVED, // all requests
    END,    // their memory has been measured
    GATES
};

static void work(const struct gate *gates, uint64 number)
{
    struct random random = {number};
    bool right = true;
    gate_release(&gates[READY]);
    gate_wait(&gates[START]);
    for (int i = 0; i < REQUESTS; i++)
        right &= serve(&random);
    gate_release(&gates[SERVED]);
    gate_wait(&gates[END]);
    exit(right && counted() == REQUESTS ? TAKEN : FAILED);
}

// Lets the workers serve, once they have all started. Returns the free frames when they had.
static uint64 serve_requests(const struct gate *gates, uint64 workers)
{
    gate_wait(&gates[READY]);
    uint64 frames_started = sample_frames_free();
    uint64 start = sample_start();
    gate_release(&gates[START]);
    gate_wait(&gates[SERVED]);
    sample_keep(start, region_end(), workers * REQUESTS);
    return frames_started;
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 workers = parameters[0];
    heap_grow(DATA_PAGES);
    load_data();
    struct gate gates[GATES];
    for (int i = 0; i < GATES; i++)
        gates[i] = gate_create();
    own_data_pages();
    uint64 frames = sample_frames_free();
    for (uint64 i = 0; i < workers; i++) {
        int pid = fork();
        if (pid == 0)
            work(gates, i);
        check_fork(pid);
    }
    uint64 frames_started = frames - serve_requests(gates, workers);
    uint64 frames_served = frames - sample.counters.frames_free;
    gate_release(&gates[END]);
    for (int status; wait(&status) > 0;) {
        if (status != TAKEN)
            fail("prefork: a worker saw data that is not its own");
    }
    for (int i = 0; i < GATES; i++)
        gate_close(&gates[i]);
    if (counted() != 0)
        fail("prefork: the server sees what a worker wrote");
    heap_shrink(DATA_PAGES);

    uint64 copies = workers * DATA_PAGES;
    sample_value("frames_per_worker_started", frames_started / workers);
    sample_value("frames_per_worker", frames_served / workers);
    sample_value("frames_shared_saved", copies > frames_served ? copies - frames_served : 0);
    return sample_report();
}

static uint64 frames_needed(const uint64 *parameters)
{
    return (parameters[0] + 1) * frames_of(DATA_PAGES + 16);
}

static const struct axis workers_forked = {
    .name = "workers",
    .lowest = 1,
    .highest = 62, // with the server, and one that is about to be reaped
    .usual = {1, 4, 16},
    .count = 3,
};

BENCHMARK(72, prefork) = {
    .family = "prefork",
    .unit = "request",
    .axes = {&workers_forked},
    .samples = 3,
    .switches = 1,
    .switches_each = 1,
    .frames = frames_needed,
    .measure = measure,
};
