// Short tests for `make races`: each puts several harts to work on the same things, and is over
// after some hundred thousand instructions, so that thousands of schedules can be tried. What they
// find wrong is found by chance in real time; under a schedule it is found again each time.
#include "test.h"

enum { PAGES = 4 };

static void mark(char *pages, uint64 mark)
{
    for (int i = 0; i < PAGES; i++)
        *(uint64 *)(pages + i * PAGE_SIZE) = mark + i;
}

static void expect_mark(const char *pages, uint64 mark)
{
    for (int i = 0; i < PAGES; i++)
        CHECK_EQUAL(*(const uint64 *)(pages + i * PAGE_SIZE), mark + i);
}

// Families that fork at once: counts of the same frames go up and down on all harts.
TEST(race_forks)
{
    char *pages = take_pages(PAGES);
    mark(pages, 100);
    for (int family = 0; family < 2; family++) {
        if (start() == 0) {
            int pid = start();
            mark(pages, 1000 * family + pid);
            if (pid == 0)
                exit(0);
            expect_end(pid, 0);
            expect_mark(pages, 1000 * family + pid);
            exit(0);
        }
    }
    expect_mark(pages, 100);
    expect_ends(2, 0);
    expect_mark(pages, 100);
}

// Two owners write to the same pages at once, each to a word of its own: one copies what the other
// may take for its own already.
TEST(race_last_owners)
{
    const int last = PAGE_SIZE / sizeof(uint64) - 1;
    uint64(*pages)[PAGE_SIZE / sizeof(uint64)] = take_pages(PAGES);
    own_all_pages();
    for (int round = 0; round < 2; round++) {
        memset(pages, 0, PAGES * PAGE_SIZE);
        int pid = start(), mine = last - !pid, theirs = last - !!pid;
        for (int i = 0; i < PAGES; i++)
            pages[i][mine] = 1;
        for (int i = 0; i < PAGES; i++) {
            CHECK_EQUAL(pages[i][mine], 1);
            CHECK_EQUAL(pages[i][theirs], 0);
        }
        if (pid == 0)
            exit(0);
        expect_end(pid, 0);
    }
}

// Children end at once, with children of their own that nobody waits for.
TEST(race_ends)
{
    for (int i = 0; i < 2; i++) {
        if (start() == 0) {
            if (start() == 0)
                exit(0);
            exit(0);
        }
    }
    if (start() == 0)
        exit(0);
    expect_ends(3, 0);
    CHECK_EQUAL(wait(0), -1);
}

// They sleep until the other end of the pipe is closed.
static void start_sleepers(int count, const int *ends)
{
    for (int i = 0; i < count; i++) {
        if (start() == 0) {
            char byte;
            close(ends[1]);
            exit(read(ends[0], &byte, 1));
        }
    }
}

// A slot is used again as soon as its process is reaped: others sleep in all but one.
TEST(race_slots)
{
    enum { SLEEPERS = 5 }; // of 8 slots, two are the runner's and the test's
    int ends[2];
    CHECK(pipe(ends) == 0);
    start_sleepers(SLEEPERS, ends);
    for (int round = 0; round < 6; round++) {
        int pid = start();
        if (pid == 0)
            exit(0);
        expect_end(pid, 0);
    }
    close(ends[1]);
    expect_ends(SLEEPERS, 0);
}

// Two processes hand a byte to each other: each sleeps until the other one wakes it.
TEST(race_hand_over)
{
    int there[2], back[2];
    CHECK(pipe(there) == 0 && pipe(back) == 0);
    int pid = start();
    for (char round = 0; round < 4; round++) {
        char byte = round;
        if (pid) {
            CHECK_EQUAL(write(there[1], &byte, 1), 1);
            CHECK_EQUAL(read(back[0], &byte, 1), 1);
        } else {
            CHECK_EQUAL(read(there[0], &byte, 1), 1);
            CHECK_EQUAL(write(back[1], &byte, 1), 1);
        }
        CHECK_EQUAL(byte, round);
    }
    if (pid == 0)
        exit(0);
    expect_end(pid, 0);
}

// Reads to the end; the number of bytes.
static int read_all(int from)
{
    char bytes[2];
    int got = 0;
    for (int n; (n = read(from, bytes, sizeof bytes)); got += n)
        CHECK(n > 0);
    return got;
}

// Several write to a pipe, and several read from it; the end comes when the last writer has gone.
TEST(race_pipe)
{
    int ends[2], status, got = 0;
    CHECK(pipe(ends) == 0);
    for (int i = 0; i < 3; i++) {
        if (start() == 0) {
            if (i < 2) {
                CHECK_EQUAL(write(ends[1], "abc", 3), 3);
                exit(0);
            }
            close(ends[1]);
            exit(10 + read_all(ends[0]));
        }
    }
    close(ends[1]);
    got = read_all(ends[0]);
    while (wait(&status) != -1) {
        CHECK(status == 0 || status >= 10);
        got += status ? status - 10 : 0;
    }
    CHECK_EQUAL(got, 6);
}

// A process is killed while it falls asleep.
TEST(race_kill)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    for (int round = 0; round < 3; round++) {
        int pid = start();
        if (pid == 0) {
            char byte;
            read(ends[0], &byte, 1);
            exit(FAILED);
        }
        CHECK_EQUAL(kill(pid), 0);
        expect_end(pid, KILLED);
    }
}

// A process is killed while it forks and writes to shared pages.
TEST(race_kill_at_work)
{
    char *pages = take_pages(PAGES);
    mark(pages, 7);
    int pid = start();
    if (pid == 0) {
        for (uint64 i = 0;; i++) {
            mark(pages, i);
            if (fork() == 0)
                exit(0);
            wait(0);
        }
    }
    if (start() == 0) {
        expect_mark(pages, 7);
        exit(kill(pid));
    }
    CHECK(wait(0) > 0 && wait(0) > 0);
    expect_mark(pages, 7);
}

// Programs are started at once, from one file, by processes that share all of their pages.
TEST(race_exec)
{
    for (int i = 0; i < 2; i++) {
        if (start() == 0) {
            char *argv[] = {"minimal", 0};
            exec("/tests/minimal", argv);
            exit(127);
        }
    }
    expect_ends(2, 17);
}

// Heaps grow and shrink at once: frames go from one process to another one.
TEST(race_heaps)
{
    for (int i = 0; i < 3; i++) {
        int pid = start();
        for (int round = 0; round < 2 && (pid == 0 || i == 2); round++) {
            char *pages = take_pages(PAGES);
            CHECK(is_zero(pages, PAGES * PAGE_SIZE));
            fill(pages, PAGES, getpid() + round);
            CHECK(is_filled(pages, PAGES, getpid() + round));
            CHECK(sbrk(-PAGES * (int)PAGE_SIZE) != (char *)-1);
        }
        if (pid == 0)
            exit(0);
    }
    expect_ends(3, 0);
}

// A process goes from hart to hart, and must not use what it had mapped there before: it sleeps in
// between, and changes its pages by fork and by write on whichever hart it wakes up.
TEST(race_moves)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    char *pages = take_pages(PAGES);
    for (int round = 0; round < 3; round++) {
        mark(pages, 10 * round);
        int pid = start();
        if (pid == 0) {
            expect_mark(pages, 10 * round);
            mark(pages, 1000);
            CHECK_EQUAL(write(ends[1], "x", 1), 1);
            expect_mark(pages, 1000);
            exit(0);
        }
        mark(pages, 10 * round + 5);
        char byte;
        CHECK_EQUAL(read(ends[0], &byte, 1), 1);
        expect_mark(pages, 10 * round + 5);
        expect_end(pid, 0);
    }
}

// The same with pages that go: nothing is written to meanwhile, and two hand their harts to each
// other.
TEST(race_shrinks)
{
    int there[2], back[2];
    CHECK(pipe(there) == 0 && pipe(back) == 0);
    take_pages(PAGES);
    static char byte;
    int pid = start();
    own_all_pages();
    for (int i = 0; i < PAGES; i++) {
        if (pid) {
            read(there[0], &byte, 1);
            sbrk(-(int)PAGE_SIZE);
            write(back[1], &byte, 1);
        } else {
            write(there[1], &byte, 1);
            read(back[0], &byte, 1);
        }
    }
    if (pid == 0)
        exit(0);
    expect_end(pid, 0);
}

// Descriptors are shared, closed and given back at once.
TEST(race_descriptors)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    for (int i = 0; i < 3; i++) {
        if (start() == 0) {
            int again = dup(ends[i & 1]);
            CHECK(again >= 0);
            CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
            exit(0);
        }
    }
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
    expect_ends(3, 0);
}

// Orphans end while there is no slot left but theirs: a fork takes one that init is about to reap.
TEST(race_orphans)
{
    enum { SLEEPERS = 4 }; // of 8 slots; the others are the runner's, the test's, and for two more
    int ends[2];
    CHECK(pipe(ends) == 0);
    start_sleepers(SLEEPERS, ends);
    for (int round = 0; round < 4; round++) {
        int pid = fork();
        if (pid == 0) {
            fork();
            exit(0);
        }
        if (pid > 0)
            expect_end(pid, 0);
    }
    close(ends[1]);
    expect_ends(SLEEPERS, 0);
}
