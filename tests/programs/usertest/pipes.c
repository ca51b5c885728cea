// Pipes: bytes in order, ends that close, ends that are killed.
#include "usertest.h"

enum { MUCH = 70000 };

// Pieces of these sizes on the two sides.
static void carry(int out_piece, int in_piece)
{
    int fds[2];
    CHECK_EQUAL(pipe(fds), 0);
    int pid = start();
    if (pid == 0) {
        close_file(fds[0]);
        for (int at = 0, piece; at < MUCH; at += piece) {
            piece = MUCH - at < out_piece ? MUCH - at : out_piece;
            fill_bytes(big, piece, 1, at);
            write_whole(fds[1], big, piece);
        }
        exit(0);
    }
    close_file(fds[1]);
    int at = 0, got;
    while ((got = read(fds[0], big, in_piece)) > 0) {
        CHECK(are_bytes(big, got, 1, at));
        at += got;
    }
    CHECK_EQUAL(got, 0);
    CHECK_EQUAL(at, MUCH);
    close_file(fds[0]);
    expect_end(pid, 0);
}

void pipes_carry_much(void)
{
    static const int pieces[] = {100, 511, 4096, BIG_SIZE};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++)
            carry(pieces[i], pieces[k]);
    }
}

void pipes_that_are_closed(void)
{
    int fds[2];
    struct stat stat_of;
    CHECK_EQUAL(pipe(fds), 0);
    CHECK_EQUAL(write(fds[0], "x", 1), -1); // each end has a direction
    CHECK_EQUAL(read(fds[1], big, 1), -1);
    fstat(fds[0], &stat_of);
    write_whole(fds[1], "abc", 3);
    close_file(fds[1]);
    CHECK_EQUAL(read(fds[0], big, 2), 2);
    CHECK_EQUAL(read(fds[0], big, 100), 1);
    CHECK_EQUAL(read(fds[0], big, 100), 0);
    CHECK_EQUAL(read(fds[0], big, 100), 0);
    close_file(fds[0]);
    CHECK_EQUAL(pipe(fds), 0);
    close_file(fds[0]);
    CHECK_EQUAL(write(fds[1], "x", 1), -1);
    close_file(fds[1]);
}

// The process at the other end is killed, or ends, while this one waits for it.
void pipes_with_killed_ends(void)
{
    for (int way = 0; way < 8; way++) {
        int we_write = way & 1, they_are_killed = way & 2, many = way & 4;
        int fds[2], pids[3];
        CHECK_EQUAL(pipe(fds), 0);
        for (int i = 0; i < (many ? 3 : 1); i++) {
            pids[i] = start();
            if (pids[i] == 0) {
                close_file(fds[we_write]);
                sleep(they_are_killed ? 10000 : i);
                exit(KILLED);
            }
        }
        close_file(fds[!we_write]);
        int killer = start();
        if (killer == 0) {
            close_file(fds[we_write]);
            for (int i = 0; they_are_killed && i < (many ? 3 : 1); i++) {
                sleep(1);
                kill(pids[i]);
            }
            exit(KILLED);
        }
        if (we_write) {
            while (write(fds[1], big, sizeof big) > 0)
                continue;
        } else {
            CHECK_EQUAL(read(fds[0], big, 10), 0);
        }
        close_file(fds[we_write]);
        expect_ends(many ? 4 : 2, KILLED);
    }
}

// Both ends wait for nothing but each other's death.
void pipes_with_both_ends_killed(void)
{
    for (int round = 0; round < 5; round++) {
        int fds[2], pids[6];
        CHECK_EQUAL(pipe(fds), 0);
        for (int i = 0; i < 6; i++) {
            pids[i] = start();
            if (pids[i] == 0) {
                while (i < 3)
                    read(fds[0], big, i < round ? 1 : 5000);
                for (;;)
                    write(fds[1], big, 7777);
            }
        }
        sleep(round % 2);
        for (int i = 0; i < 6; i++)
            CHECK_EQUAL(kill(pids[(i * 5 + round) % 6]), 0);
        expect_ends(6, KILLED);
        close_file(fds[0]);
        close_file(fds[1]);
    }
}

static int shared_pipe[2];

static void write_records(int number)
{
    uchar record[16];
    close(shared_pipe[0]);
    for (int i = 0; i < 200; i++) {
        memset(record, number * 16 + i % 16, sizeof record);
        write_whole(shared_pipe[1], record, sizeof record);
    }
}

// Small writes of several processes are not torn.
void pipes_of_many_writers(void)
{
    enum { WRITERS = 5 };
    CHECK_EQUAL(pipe(shared_pipe), 0);
    int reader = start();
    if (reader == 0) {
        uchar record[16];
        int count = 0;
        close_file(shared_pipe[1]);
        while (read(shared_pipe[0], record, 1) == 1) {
            read_whole(shared_pipe[0], record + 1, sizeof record - 1);
            for (uint i = 1; i < sizeof record; i++)
                CHECK_EQUAL(record[i], record[0]);
            count++;
        }
        CHECK_EQUAL(count, WRITERS * 200);
        exit(0);
    }
    close_file(shared_pipe[0]);
    int writers = start();
    if (writers == 0) {
        run_at_once(WRITERS, write_records);
        exit(0);
    }
    close_file(shared_pipe[1]);
    expect_ends(2, 0);
}
