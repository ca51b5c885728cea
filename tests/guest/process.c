// Processes: wait and exit, orphans, kill.
#include "test.h"

static void spin(void)
{
    for (volatile int i = 0;; i++)
        continue;
}

TEST(row1_exit_statuses)
{
    static const int statuses[] = {0, 1, 2, 42, 127, 128, 255, 256, 0x7fffffff, -2, -1000};
    for (uint i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        int pid = start();
        if (pid == 0)
            exit(statuses[i]);
        expect_end(pid, statuses[i]);
    }
}

TEST(wait_without_children)
{
    int status = 5;
    CHECK_EQUAL(wait(&status), -1);
    CHECK_EQUAL(status, 5);
    CHECK_EQUAL(wait(0), -1);
}

TEST(wait_is_not_for_grandchildren)
{
    int child = start();
    if (child == 0) {
        int grandchild = start();
        if (grandchild == 0)
            exit(5);
        expect_end(grandchild, 5);
        CHECK_EQUAL(wait(0), -1);
        exit(6);
    }
    expect_end(child, 6);
    CHECK_EQUAL(wait(0), -1);
}

// Children that are done before the parent waits, and such that are not.
TEST(wait_gets_each_child_once)
{
    int seen[8] = {0};
    int pids[8];
    for (int i = 0; i < 8; i++) {
        pids[i] = start();
        if (pids[i] == 0) {
            if (i % 2)
                sleep(1);
            exit(i);
        }
    }
    for (int i = 0; i < 8; i++) {
        int status = -5;
        int pid = wait(&status);
        CHECK(status >= 0 && status < 8);
        CHECK_EQUAL(pid, pids[status]);
        CHECK_EQUAL(seen[status]++, 0);
    }
    CHECK_EQUAL(wait(0), -1);
}

// The runner is init: it gets the orphans, and complains about those that failed.
TEST(orphans_go_to_init)
{
    for (int round = 0; round < 4; round++) {
        int middle = start();
        if (middle == 0) {
            for (int i = 0; i < 3; i++) {
                int pid = start();
                if (pid == 0) {
                    if (i == 0)
                        sleep(1);
                    exit(9); // 0: ends first, or after its parent; both must be reaped
                }
            }
            exit(8);
        }
        expect_end(middle, 8);
        CHECK_EQUAL(wait(0), -1);
    }
    sleep(2);
}

TEST(orphans_of_a_killed_process_go_to_init)
{
    int middle = start();
    if (middle == 0) {
        int pid = start();
        if (pid == 0) {
            sleep(2);
            exit(3);
        }
        store_to(USER_END);
    }
    expect_end(middle, KILLED);
    CHECK_EQUAL(wait(0), -1);
    sleep(3);
}

// Orphans that have ended wait for init, which has no turn meanwhile: on one hart it comes behind
// all that one tick wakes. Their slots must not be missing.
TEST(orphans_that_ended_leave_their_slots, .exact = 1)
{
    int orphans = machine.processes - 24, at = uptime() + 3;
    int middle = start();
    if (middle == 0) {
        for (int i = 0; i < orphans; i++) {
            if (start() == 0) {
                sleep(at - uptime());
                exit(0);
            }
        }
        exit(0);
    }
    expect_end(middle, 0);
    sleep(at - uptime());
    for (int i = 0; i < orphans; i++) {
        if (start() == 0)
            exit(0);
    }
    expect_ends(orphans, 0);
}

// Many short families one after the other, each of which leaves three orphans behind.
TEST(orphans_by_the_hundred, .harts = 2)
{
    for (int round = 0; round < 200; round++) {
        int middle = start();
        if (middle == 0) {
            start();
            start();
            exit(0);
        }
        expect_end(middle, 0);
    }
}

static uint64 exits_so_far(void)
{
    struct counters now;
    CHECK_EQUAL(counters(COUNTERS_SYSTEM, &now), 0);
    return now.exits;
}

// What a parent may still ask for stays, however many processes are wanted.
TEST(zombies_of_a_living_parent_stay)
{
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    uint64 before = exits_so_far();
    for (int i = 0; i < 5; i++) {
        if (start() == 0)
            exit(40 + i);
    }
    while (exits_so_far() < before + 5)
        sleep(1);
    int others = 0;
    for (int pid; (pid = fork()) >= 0; others++) {
        char byte;
        if (pid == 0) {
            close(ends[1]);
            exit(read(ends[0], &byte, 1));
        }
    }
    CHECK_EQUAL(others, machine.processes - 7); // init, this one, and the five
    int seen = 0;
    for (int i = 0; i < 5; i++) {
        int status;
        CHECK(wait(&status) > 0);
        CHECK(status >= 40 && status < 45);
        seen |= 1 << (status - 40);
    }
    CHECK_EQUAL(seen, 31);
    CHECK_EQUAL(close(ends[1]), 0);
    expect_ends(others, 0);
}

TEST(kill_a_running_process)
{
    int pid = start();
    if (pid == 0)
        spin();
    sleep(1);
    CHECK_EQUAL(kill(pid), 0);
    expect_end(pid, KILLED);
}

TEST(kill_before_its_first_instruction)
{
    for (int i = 0; i < 20; i++) {
        int pid = start();
        if (pid == 0)
            spin();
        CHECK_EQUAL(kill(pid), 0);
        expect_end(pid, KILLED);
    }
}

TEST(kill_a_sleeping_process)
{
    int before = uptime();
    int pid = start();
    if (pid == 0) {
        sleep(1000000);
        exit(1);
    }
    sleep(1);
    CHECK_EQUAL(kill(pid), 0);
    expect_end(pid, KILLED);
    CHECK(uptime() - before < 500000);
}

TEST(kill_a_waiting_process)
{
    int pid = start();
    if (pid == 0) {
        int grandchild = start();
        if (grandchild == 0) {
            sleep(4);
            exit(0);
        }
        wait(0);
        exit(1);
    }
    sleep(1);
    CHECK_EQUAL(kill(pid), 0);
    expect_end(pid, KILLED);
    sleep(5); // the orphan ends
}

TEST(kill_oneself, .status = KILLED)
{
    kill(getpid());
    getpid();
    exit(5);
}

// A process that has ended keeps its status.
TEST(kill_what_has_ended)
{
    uint64 before = exits_so_far();
    int pid = start();
    if (pid == 0)
        exit(31);
    while (exits_so_far() == before)
        sleep(1);
    kill(pid);
    expect_end(pid, 31);
    CHECK_EQUAL(kill(pid), -1);
}

TEST(kill_nobody)
{
    CHECK_EQUAL(kill(0), -1);
    CHECK_EQUAL(kill(-1), -1);
    CHECK_EQUAL(kill(-getpid()), -1);
    CHECK_EQUAL(kill(0x7fffffff), -1);
    CHECK_EQUAL(kill(-0x7fffffff - 1), -1);
}

// A killed process is not halted in the middle of something: pages it shared stay whole.
TEST(row1_killed_while_writing_shared_pages)
{
    char *heap = take_pages(8);
    for (int round = 0; round < 10; round++) {
        fill(heap, 8, round);
        int pid = start();
        if (pid == 0) {
            for (uint64 i = 0;; i++) {
                int second = fork();
                fill(heap, 8, i);
                if (second == 0)
                    exit(0);
                wait(0);
            }
        }
        if (round % 3 == 0)
            sleep(1);
        fill(heap, 4, round);
        CHECK_EQUAL(kill(pid), 0);
        expect_end(pid, KILLED);
        CHECK(is_filled(heap, 8, round));
    }
    sleep(1); // orphans, if a kill left any
}

TEST(getpid_is_what_fork_said)
{
    int me = getpid();
    CHECK(me > 1);
    int pid = start();
    if (pid == 0) {
        CHECK(getpid() != me);
        exit(getpid());
    }
    expect_end(pid, pid);
    CHECK_EQUAL(getpid(), me);
}

// Deep chains, each process waiting for the next.
static void chain(int depth)
{
    if (depth == 0)
        return;
    int pid = start();
    if (pid == 0) {
        chain(depth - 1);
        exit(depth);
    }
    expect_end(pid, depth);
}

TEST(fork_chain_of_twenty)
{
    chain(20);
}

TEST(shield_takes_its_flags_alone)
{
    CHECK_EQUAL(shield(4), -1);
    CHECK_EQUAL(shield(-1), -1);
    CHECK_EQUAL(shield(SHIELD_FAMILY), 0); // nobody types ^C here
    CHECK_EQUAL(shield(SHIELD_SELF), 0);
    CHECK_EQUAL(shield(0), 0);
}
