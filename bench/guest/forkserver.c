// A test harness has brought itself into a state in which cases can begin, and forks for each case,
// so a case begins in that state whatever the one before has done. The very first fork of a sample
// finds all pages writable; in a series of cases they stay as the fork before has left them.
//
// The state is P pages. A case reads 1 KiB in each of 16 pages and writes to 4; which ones is
// random, with a seed for each case. It fails the run where a page is not as the harness has left
// it.

#include "emit.h"
#include "pages.h"
#include "random.h"
#include "sample.h"

ABOUT(forkserver) = {
    .name = "forkserver/pages:P",
    .title = {.en = "a test harness of P pages: fork, a short case in the child, its exit, return "
                    "of the parent's wait",
              .zh = "P 页的测试框架：fork，子进程运行一个短用例，它退出，父进程的 wait 返回"},
    .unit = {.zh = "用例"},
    .region = {.en = "around eight cases", .zh = "八个用例前后"},
    .covers = {.en = "for each: `fork`, reading 16 pages and writing 4, `exit`, `wait` with the "
                     "status; two context switches",
               .zh =
                   "每个用例：`fork`，读 16 页、写 4 页，`exit`，取得状态的 `wait`；两次进程切换"},
    .omits = {.en = "bringing the parent into its state; the first case after that",
              .zh = "使父进程进入其状态；此后的第一个用例"},
};

enum {
    CASES = 8, // in a sample
    PAGE_WORDS = PAGE_SIZE / sizeof(uint64),
    READ_PAGES = 16,
    READ_WORDS = 128,
    WRITTEN_PAGES = 4,
};

// In the second half of a page. The runner writes to the first.
static uint64 *state_at(uint64 page)
{
    return (uint64 *)heap + page * PAGE_WORDS + PAGE_WORDS / 2;
}

static void reach_state(uint64 pages)
{
    for (uint64 page = 0; page < pages; page++) {
        for (int i = 0; i < READ_WORDS; i++)
            state_at(page)[i] = page;
    }
}

static int run_case(uint64 pages, uint64 seed)
{
    struct random random = {seed};
    bool right = true;
    for (int i = 0; i < READ_PAGES; i++) {
        uint64 page = random_below(&random, pages);
        const uint64 *word = state_at(page);
        uint64 sum = 0;
        for (const uint64 *end = word + READ_WORDS; word < end; word++)
            sum += *word;
        right &= sum == READ_WORDS * page;
    }
    for (int i = 0; i < WRITTEN_PAGES; i++)
        state_at(random_below(&random, pages))[i] = -1;
    return right ? TAKEN : FAILED;
}

static void fork_case(uint64 pages, uint64 seed)
{
    int pid = fork();
    if (pid == 0)
        exit(run_case(pages, seed));
    check_fork(pid);
    if (reap_child(pid) != TAKEN)
        fail("forkserver: a case saw what another has written");
}

static enum verdict measure(const uint64 *parameters)
{
    uint64 pages = parameters[0];
    reach_state(pages);
    fork_case(pages, 0);
    own_data_pages();
    uint64 frames = sample_frames_free();
    uint64 start = sample_start();
    for (uint64 seed = 1; seed <= CASES; seed++)
        fork_case(pages, seed);
    sample_keep(start, region_end(), CASES);
    sample_peak(frames);
    return sample_report();
}

static const struct axis state_pages = {
    .name = "pages",
    .lowest = 1,
    .highest = MAX_HEAP_PAGES,
    .usual = {256, 4096},
    .count = 2,
};

BENCHMARK(73, forkserver) = {
    .family = "forkserver",
    .unit = "case",
    .axes = {&state_pages},
    .samples = 3,
    .switches = 2 * CASES,
    .measure = measure,
};
