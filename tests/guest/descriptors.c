// The set of descriptors and the current directory: shared by fork, changed by one alone.
#include "kernel/fcntl.h"
#include "kernel/stat.h"
#include "test.h"

static const char self[] = "/tests/runner"; // a file that is there

// The lowest number that is free, which stays free.
static int lowest_free(void)
{
    int fd = dup(0);
    CHECK(fd >= 0);
    CHECK_EQUAL(close(fd), 0);
    return fd;
}

static int is_open(int fd)
{
    struct stat stat;
    return fstat(fd, &stat) == 0;
}

TEST(descriptors_are_the_lowest_free)
{
    CHECK(is_open(0) && is_open(1) && is_open(2));
    CHECK_EQUAL(lowest_free(), 3);
    CHECK_EQUAL(open(self, O_RDONLY), 3);
    CHECK_EQUAL(dup(3), 4);
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(ends[0], 5);
    CHECK_EQUAL(ends[1], 6);
    CHECK_EQUAL(close(4), 0);
    CHECK_EQUAL(close(5), 0);
    CHECK_EQUAL(dup(0), 4);
    CHECK_EQUAL(open(self, O_RDONLY), 5);
    CHECK_EQUAL(close(0), 0);
    CHECK_EQUAL(dup(1), 0);
}

TEST(descriptors_run_out)
{
    int count = 3;
    while (open(self, O_RDONLY) == count)
        count++;
    CHECK_EQUAL(count, NOFILE);
    int ends[2] = {-5, -6};
    CHECK_EQUAL(dup(0), -1);
    CHECK_EQUAL(pipe(ends), -1);
    CHECK_EQUAL(close(7), 0);
    CHECK_EQUAL(pipe(ends), -1); // one is not enough, and stays free
    CHECK(ends[0] == -5 && ends[1] == -6);
    CHECK_EQUAL(close(9), 0);
    CHECK_EQUAL(pipe(ends), 0);
    CHECK(ends[0] == 7 && ends[1] == 9);
    CHECK_EQUAL(open(self, O_RDONLY), -1);
}

// The upper half of a register is no part of an int.
TEST(descriptors_that_are_none)
{
    static const long wrong[] = {-1,      3,          15,          16,         17,
                                 100,     0x7fffffff, -0x80000000, -100000,    1L << 30,
                                 64 << 3, 0x80000000, 0xffffffff,  0x100000003};
    struct stat stat;
    char byte = 1;
    for (uint i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQUAL(system_call(SYS_read, wrong[i], (long)&byte, 1), -1);
        CHECK_EQUAL(system_call(SYS_write, wrong[i], (long)&byte, 1), -1);
        CHECK_EQUAL(system_call(SYS_fstat, wrong[i], (long)&stat, 0), -1);
        CHECK_EQUAL(system_call(SYS_dup, wrong[i], 0, 0), -1);
        CHECK_EQUAL(system_call(SYS_close, wrong[i], 0, 0), -1);
    }
    CHECK_EQUAL(system_call(SYS_dup, 0x5a5a5a5a00000001, 0, 0), 3);
    CHECK_EQUAL(system_call(SYS_close, 0x100000003, 0, 0), 0);
    CHECK_EQUAL(close(3), -1); // twice
}

// Each process of a family changes its own set, whoever does so first.
TEST(descriptors_after_fork_are_on_their_own)
{
    int kept = open(self, O_RDONLY), dropped = open(self, O_RDONLY);
    int pid = start();
    if (pid == 0) {
        CHECK_EQUAL(close(dropped), 0);
        CHECK_EQUAL(dup(0), dropped);
        CHECK_EQUAL(dup(0), dropped + 1);
        int grandchild = start();
        if (grandchild == 0) {
            CHECK_EQUAL(close(kept), 0);
            exit(is_open(dropped + 1) ? 0 : FAILED);
        }
        expect_end(grandchild, 0);
        exit(is_open(kept) ? 0 : FAILED);
    }
    expect_end(pid, 0);
    CHECK(is_open(kept) && is_open(dropped) && !is_open(dropped + 1));

    pid = start();
    if (pid == 0) {
        sleep(2); // the parent has closed its own by now, or will
        exit(is_open(kept) && is_open(dropped) ? 0 : FAILED);
    }
    CHECK_EQUAL(close(kept), 0);
    CHECK_EQUAL(close(dropped), 0);
    expect_end(pid, 0);
    CHECK_EQUAL(lowest_free(), kept);
}

// All three ways to get a descriptor take a copy of a shared set.
TEST(descriptors_added_after_fork_are_on_their_own)
{
    int pid = start();
    if (pid == 0)
        exit(open(self, O_RDONLY) == 3 ? 0 : FAILED);
    expect_end(pid, 0);
    pid = start();
    if (pid == 0)
        exit(dup(1) == 3 ? 0 : FAILED);
    expect_end(pid, 0);
    pid = start();
    if (pid == 0) {
        int ends[2];
        exit(pipe(ends) == 0 && ends[0] == 3 && ends[1] == 4 ? 0 : FAILED);
    }
    expect_end(pid, 0);
    CHECK(!is_open(3) && !is_open(4));
}

TEST(descriptors_share_an_offset)
{
    char first[4], again[4];
    int fd = open(self, O_RDONLY), other = open(self, O_RDONLY);
    CHECK_EQUAL(read(fd, first, 4), 4);
    CHECK_EQUAL(memcmp(first, "\177ELF", 4), 0);
    int copy = dup(fd);
    int pid = start();
    if (pid == 0)
        exit(read(copy, first, 4) == 4 && read(fd, again, 4) == 4 ? 0 : FAILED);
    expect_end(pid, 0);

    // 12 bytes are read; a file that was opened by itself starts at 0.
    char expected[16], found[4];
    CHECK_EQUAL(read(other, expected, 16), 16);
    CHECK_EQUAL(read(fd, found, 4), 4);
    CHECK_EQUAL(memcmp(found, expected + 12, 4), 0);
}

TEST(chdir_is_for_one_process)
{
    int pid = start();
    if (pid == 0) {
        CHECK_EQUAL(chdir("tests"), 0);
        CHECK(open("runner", O_RDONLY) >= 0);
        int child = start(); // which has it, too, and changes it back
        if (child == 0)
            exit(chdir("..") == 0 && open("tests/runner", O_RDONLY) >= 0 ? 0 : FAILED);
        expect_end(child, 0);
        CHECK(open("./runner", O_RDONLY) >= 0);
        CHECK_EQUAL(open("tests/runner", O_RDONLY), -1);
        exit(0);
    }
    expect_end(pid, 0);
    CHECK_EQUAL(open("runner", O_RDONLY), -1);
    CHECK(open("tests/runner", O_RDONLY) >= 0);
}

TEST(chdir_to_what_is_no_directory)
{
    CHECK_EQUAL(chdir("/tests"), 0);
    CHECK_EQUAL(chdir(self), -1);
    CHECK_EQUAL(chdir("/console"), -1);
    CHECK_EQUAL(chdir("absent"), -1);
    CHECK_EQUAL(chdir(0), -1); // text, not a path
    for (const uint64 *bad = bad_addresses; *bad; bad++)
        CHECK_EQUAL(chdir((const char *)*bad), -1);
    CHECK(open("runner", O_RDONLY) >= 0);
}

// A process's end closes: the reader of a pipe sees it.
static void expect_closed_by_end(int kill_it)
{
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    int pid = start();
    if (pid == 0) {
        if (kill_it)
            sleep(1000);
        exit(0);
    }
    CHECK_EQUAL(close(ends[1]), 0);
    if (kill_it)
        CHECK_EQUAL(kill(pid), 0);
    char byte;
    CHECK_EQUAL(read(ends[0], &byte, 1), 0);
    expect_end(pid, kill_it ? KILLED : 0);
    CHECK_EQUAL(close(ends[0]), 0);
}

TEST(exit_closes_descriptors)
{
    for (int i = 0; i < 10; i++) {
        expect_closed_by_end(0);
        expect_closed_by_end(1);
    }
}

// After exec they are as before.
TEST(exec_keeps_descriptors)
{
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    int pid = start();
    if (pid == 0) {
        CHECK_EQUAL(close(1), 0);
        CHECK_EQUAL(dup(ends[1]), 1);
        char *argv[] = {"say", "over the pipe", 0};
        exec("/tests/say", argv);
        exit(127);
    }
    CHECK_EQUAL(close(ends[1]), 0);
    char text[20];
    CHECK_EQUAL(read(ends[0], text, sizeof text), 13);
    CHECK_EQUAL(memcmp(text, "over the pipe", 13), 0);
    CHECK_EQUAL(read(ends[0], text, sizeof text), 0);
    expect_end(pid, 0);
}

// Every process there can be has all of its descriptors open, none shared.
TEST(descriptors_of_all_processes)
{
    int ready[2], done[2];
    CHECK(pipe(ready) == 0 && pipe(done) == 0);
    int count = 0, pid;
    while ((pid = fork()) > 0)
        count++;
    if (pid == 0) {
        char byte;
        CHECK_EQUAL(close(ready[0]), 0);
        CHECK_EQUAL(close(done[1]), 0);
        while (open(self, O_RDONLY) >= 0)
            ;
        CHECK_EQUAL(write(ready[1], "x", 1), 1);
        CHECK_EQUAL(close(ready[1]), 0);
        CHECK_EQUAL(read(done[0], &byte, 1), 0);
        exit(0);
    }
    CHECK(count > 10);
    char byte;
    for (int i = 0; i < count; i++)
        CHECK_EQUAL(read(ready[0], &byte, 1), 1);
    while (dup(0) >= 0)
        ;
    CHECK_EQUAL(close(done[1]), 0);
    expect_ends(count, 0);
}

// Processes that share one set change it at the same time, while others fork with it and end.
static void change_often(int rounds, int inherited)
{
    for (int i = 0; i < rounds; i++) {
        int pid = start();
        if (pid == 0) {
            int fd = dup(inherited);
            CHECK_EQUAL(close(inherited), 0);
            CHECK_EQUAL(dup(fd), inherited);
            exit(is_open(inherited) && is_open(fd) && !is_open(fd + 1) ? 0 : FAILED);
        }
        if (i % 3 == 0) {
            CHECK_EQUAL(close(inherited), 0);
            CHECK_EQUAL(dup(0), inherited);
        }
        CHECK(!is_open(inherited + 1));
    }
    expect_ends(rounds, 0);
}

TEST(descriptors_changed_by_many_at_once)
{
    int inherited = dup(0);
    for (int i = 0; i < 8; i++) {
        int pid = start();
        if (pid == 0) {
            change_often(5, inherited);
            exit(0);
        }
    }
    change_often(5, inherited);
    expect_ends(8, 0);
}
