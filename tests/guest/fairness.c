// Whoever has waited longest gets its turn next: at a pipe, at a file, in the log.
#include "kernel/fcntl.h"
#include "kernel/process.h"
#include "test.h"

enum { COUNT = 3 }; // processes that wait for the same thing

// Waits until the process does.
static void until_blocked(int pid)
{
    static struct process_info all[64];
    for (int looks = 0;; looks++) {
        int count = processes(all, 64);
        for (int i = 0; i < count && i < 64; i++) {
            if (all[i].pid == pid && all[i].state == 'S')
                return;
        }
        sleep(looks < 200 ? 0 : 1);
    }
}

static void all_until_blocked(const int *pids)
{
    for (int i = 0; i < COUNT; i++)
        until_blocked(pids[i]);
}

static void make_pipe(int *ends)
{
    CHECK_EQUAL(pipe(ends), 0);
}

static void end_all(const int *pids)
{
    for (int i = 0; i < COUNT; i++)
        CHECK_EQUAL(kill(pids[i]), 0);
    expect_ends(COUNT, KILLED);
}

// Says to each byte that it reads who it is.
static void serve(int jobs, int results, char self)
{
    char job;
    while (read(jobs, &job, 1) == 1)
        write(results, &self, 1);
    exit(0);
}

// Each of the readers that wait gets one of as many bytes, the one that came first the first.
TEST(fairness_of_the_readers_of_a_pipe)
{
    int jobs[2], results[2], pids[COUNT];
    make_pipe(jobs);
    make_pipe(results);
    for (int i = 0; i < COUNT; i++) {
        pids[i] = start();
        if (pids[i] == 0)
            serve(jobs[0], results[1], i);
        until_blocked(pids[i]);
    }
    for (int round = 0; round < 20; round++) {
        char who, seen = 0;
        CHECK_EQUAL(write(jobs[1], "jobs", COUNT), COUNT);
        for (int i = 0; i < COUNT; i++) {
            CHECK_EQUAL(read(results[0], &who, 1), 1);
            seen |= 1 << who;
        }
        CHECK_EQUAL(seen, (1 << COUNT) - 1);
        all_until_blocked(pids);
    }
    end_all(pids);
}

// One job at a time, as fast as they are done. On one hart all is in the order of a clock that is
// exact, and readers come back while another works.
TEST(fairness_of_workers_at_a_pipe)
{
    int jobs[2], results[2], pids[COUNT], done[COUNT] = {0};
    make_pipe(jobs);
    make_pipe(results);
    for (int i = 0; i < COUNT; i++) {
        pids[i] = start();
        if (pids[i] == 0)
            serve(jobs[0], results[1], i);
        until_blocked(pids[i]);
    }
    for (int i = 0; i < 100 * COUNT; i++) {
        char who;
        CHECK_EQUAL(write(jobs[1], "j", 1), 1);
        CHECK_EQUAL(read(results[0], &who, 1), 1);
        done[(int)who]++;
    }
    for (int i = 0; i < COUNT && machine.harts == 1; i++)
        CHECK_EQUAL(done[i], 100);
    end_all(pids);
}

enum { PIECE = 2000 }; // more than half of what a pipe holds, so that two pieces never fit

static char bytes[16384];

static void write_pieces(int pipe_end, int self)
{
    memset(bytes, self, PIECE);
    while (write(pipe_end, bytes, PIECE) == PIECE)
        continue;
    exit(FAILED);
}

// The first writer fills the pipe; then each of those who wait writes one piece after the other.
TEST(fairness_of_the_writers_of_a_pipe)
{
    int ends[2], pids[COUNT];
    make_pipe(ends);
    for (int i = 0; i < COUNT; i++) {
        pids[i] = start();
        if (pids[i] == 0)
            write_pieces(ends[1], i);
        until_blocked(pids[i]);
    }
    for (int piece = 0; piece < 20 * COUNT; piece++) {
        int writer = piece == 0 ? 0 : (piece - 1) % COUNT;
        for (int done = 0, count; done < PIECE; done += count) {
            count = read(ends[0], bytes, PIECE - done);
            CHECK(count > 0);
            for (int i = 0; i < count; i++)
                CHECK_EQUAL(bytes[i], writer);
        }
        all_until_blocked(pids);
    }
    end_all(pids);
}

// From here on: a process works beside another that does so without end, and mostly is stopped by a
// tick while it has what the first one needs. On one hart that has its turn then, and not some
// ticks later.

enum { TIMES = 20, IN_TIME = 4 }; // ticks; with a turn now and then TIMES or more

static void make_file(void)
{
    int fd = open("shared", O_CREATE | O_RDWR);
    CHECK_EQUAL(write(fd, bytes, sizeof bytes), sizeof bytes);
    CHECK_EQUAL(close(fd), 0);
}

static void read_file(void)
{
    int fd = open("shared", O_RDONLY);
    CHECK_EQUAL(read(fd, bytes, sizeof bytes), sizeof bytes);
    CHECK_EQUAL(close(fd), 0);
}

static void overwrite_file(void)
{
    int fd = open("shared", O_WRONLY);
    CHECK_EQUAL(write(fd, bytes, sizeof bytes), sizeof bytes);
    CHECK_EQUAL(close(fd), 0);
}

static void make_small_change(void)
{
    int fd = open("small", O_CREATE | O_RDWR);
    CHECK_EQUAL(write(fd, bytes, 100), 100);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("small"), 0);
}

static void write_much(void)
{
    static char much[32 * 1024];
    int fd = open("shared", O_WRONLY);
    CHECK_EQUAL(write(fd, much, sizeof much), sizeof much);
    CHECK_EQUAL(close(fd), 0);
}

static uint64 switches(void)
{
    struct counters now;
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &now), 0);
    return now.switches;
}

// in_time: ticks that TIMES of it may take. Returns how often processes changed meanwhile.
static uint64 work_beside(void (*work)(void), void (*others_work)(void), int in_time)
{
    make_file();
    int other = start();
    while (other == 0)
        others_work();
    sleep(1);
    int begin = uptime();
    uint64 before = switches();
    for (int i = 0; i < TIMES; i++) {
        work();
        CHECK(machine.harts > 1 || uptime() - begin <= in_time);
    }
    uint64 changes = switches() - before;
    CHECK_EQUAL(kill(other), 0);
    expect_end(other, KILLED);
    CHECK_EQUAL(unlink("shared"), 0);
    return changes;
}

// They share it, so only a tick makes them change.
TEST(fairness_of_two_readers_of_a_file)
{
    uint64 changes = work_beside(read_file, read_file, IN_TIME);
    CHECK(machine.harts > 1 || changes <= 2 * IN_TIME);
}

TEST(fairness_of_a_writer_beside_a_reader)
{
    work_beside(overwrite_file, read_file, IN_TIME);
}

TEST(fairness_of_a_reader_beside_a_writer)
{
    work_beside(read_file, overwrite_file, IN_TIME);
}

// A change is in the same transaction as the other process's before it, or in the next one. When
// that is on the disk, it may still wait for the end of the other's turn at the hart, once for each
// operation.
enum { TURNS = 4 };

TEST(fairness_of_small_changes_beside_large_writes)
{
    work_beside(make_small_change, write_much, TURNS * TIMES);
}

TEST(fairness_of_large_writes_beside_small_changes)
{
    work_beside(write_much, make_small_change, TURNS * TIMES);
    unlink("small"); // if the other one was killed before it did that
}
