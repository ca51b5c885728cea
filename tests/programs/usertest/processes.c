// fork, exit, wait, kill, getpid, sleep, uptime.
#include "usertest.h"

void exit_and_wait(void)
{
    static const int statuses[] = {0, 1, 2, 42, 127, 128, 255, 256, 65536, 0x7fffffff, -1, -256};
    for (uint i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        int pid = start();
        if (pid == 0)
            exit(statuses[i]);
        expect_end(pid, statuses[i]);
    }
    CHECK_EQUAL(wait(0), -1);
    int pid = start(), status;
    if (pid == 0)
        exit(3);
    CHECK_EQUAL(wait((int *)own_path + (1L << 40)), -1); // the child is still there to wait for
    CHECK_EQUAL(wait(0), pid);
    CHECK_EQUAL(wait(&status), -1);
}

void wait_for_several(void)
{
    int seen[20] = {0};
    for (int i = 0; i < 20; i++) {
        if (start() == 0) {
            sleep(i % 3);
            exit(i + 100);
        }
    }
    for (int i = 0, status; i < 20; i++) {
        CHECK(wait(&status) > 0);
        CHECK(status >= 100 && status < 120);
        CHECK_EQUAL(seen[status - 100]++, 0);
    }
    CHECK_EQUAL(wait(0), -1);
}

void numbers_of_processes(void)
{
    int fds[2], parent = getpid(), told;
    CHECK(parent > 1);
    CHECK_EQUAL(pipe(fds), 0);
    for (int i = 0; i < 10; i++) {
        int pid = start();
        if (pid == 0) {
            told = getpid();
            write_whole(fds[1], &told, sizeof told);
            exit(0);
        }
        read_whole(fds[0], &told, sizeof told);
        CHECK_EQUAL(told, pid);
        CHECK(pid != parent);
        expect_end(pid, 0);
    }
    CHECK_EQUAL(getpid(), parent);
}

// Until there is no room for one more; then all go on.
void limit_of_processes(void)
{
    for (int round = 0; round < 2; round++) {
        int gate[2], count = 0, pid;
        CHECK_EQUAL(pipe(gate), 0);
        while ((pid = fork()) > 0 && count < 10 * NPROC)
            count++;
        if (pid == 0) {
            char byte;
            close(gate[1]);
            exit(read(gate[0], &byte, 1));
        }
        CHECK_EQUAL(pid, -1);
        CHECK(count >= NPROC - 8);
        CHECK_EQUAL(fork(), -1);
        close_file(gate[1]);
        close_file(gate[0]);
        expect_ends(count, 0);
        CHECK_EQUAL(wait(0), -1);
    }
}

// In each state that a process can be in for long.
void kill_in_each_state(void)
{
    for (int state = 0; state < 7; state++) {
        int fds[2], ready[2];
        CHECK_EQUAL(pipe(fds), 0);
        CHECK_EQUAL(pipe(ready), 0);
        int pid = start();
        if (pid == 0) {
            int grandchild = state == 3 ? start() : -1;
            if (grandchild == 0) {
                close(ready[0]);
                close(ready[1]);
                close(fds[1]);
                read(fds[0], big, 1);
                exit(0);
            }
            write_whole(ready[1], "r", 1);
            if (state == 0)
                sleep(100000);
            if (state == 1)
                read(fds[0], big, 1);
            while (state == 2)
                write(fds[1], big, sizeof big);
            if (state == 3)
                wait(0);
            while (state == 4)
                continue;
            while (state == 5)
                getpid();
            while (state == 6)
                wait(start() ? 0 : (exit(0), (int *)0));
            exit(0);
        }
        read_whole(ready[0], big, 1);
        sleep(state % 2);
        CHECK_EQUAL(kill(pid), 0);
        expect_end(pid, KILLED);
        CHECK_EQUAL(kill(pid), -1);
        for (int i = 0; i < 2; i++) {
            close_file(fds[i]);
            close_file(ready[i]);
        }
    }
}

void kill_of_nobody(void)
{
    static const int nobody[] = {0, -1, -2, 0x7fffffff, -0x7fffffff - 1, 1000000};
    for (uint i = 0; i < sizeof nobody / sizeof *nobody; i++)
        CHECK_EQUAL(kill(nobody[i]), -1);
    int pid = start();
    if (pid == 0) {
        kill(getpid());
        exit(0); // not reached: it ends when it next enters the kernel
    }
    expect_end(pid, KILLED);
}

// Parents that end first; the harness waits until their children have been reaped, too.
void orphans(void)
{
    for (int i = 0; i < 8; i++) {
        int pid = start();
        if (pid == 0) {
            for (int child = 0; child < 3; child++) {
                if (start() == 0) {
                    sleep(child);
                    exit(child);
                }
            }
            exit(i);
        }
        expect_end(pid, i);
    }
    CHECK_EQUAL(wait(0), -1);
}

// How long a sleep takes depends on what else the computer does; some would never end.
void sleep_and_uptime(void)
{
    enum { A_MINUTE = 600 };
    int before = uptime();
    CHECK_EQUAL(sleep(3), 0);
    CHECK(uptime() - before >= 3);
    CHECK(uptime() - before < A_MINUTE);
    CHECK_EQUAL(sleep(0), 0);
    before = uptime();
    CHECK_EQUAL(sleep(-1), 0);
    CHECK_EQUAL(sleep(-0x7fffffff - 1), 0);
    CHECK(uptime() - before < A_MINUTE);
}

// Processes that never enter the kernel by themselves do not keep others from running.
void preemption(void)
{
    enum { SPINNERS = 6 };
    int pids[SPINNERS];
    for (int i = 0; i < SPINNERS; i++) {
        pids[i] = start();
        if (pids[i] == 0)
            for (;;)
                ;
    }
    for (int i = 0; i < 3; i++) {
        int pid = start();
        if (pid == 0)
            exit(9);
        expect_end(pid, 9);
    }
    for (int i = 0; i < SPINNERS; i++)
        CHECK_EQUAL(kill(pids[i]), 0);
    expect_ends(SPINNERS, KILLED);
}

static void fork_and_wait(int number)
{
    for (int i = 0; i < 15; i++) {
        int pid = start();
        if (pid == 0) {
            if (i % 5 == 0)
                expect_end(start() ?: (exit(i), 0), i);
            exit(number + i);
        }
        expect_end(pid, number + i);
    }
}

void fork_on_all_harts(void)
{
    run_at_once(10, fork_and_wait);
}

static void kill_a_child(int number)
{
    for (int i = 0; i < 12; i++) {
        int pid = start(), status;
        if (pid == 0) {
            for (int spin = 0; spin < (number + i) * 50; spin++)
                getpid();
            exit(5);
        }
        for (int spin = 0; spin < i * 30; spin++)
            getpid();
        int killed = kill(pid);
        CHECK_EQUAL(wait(&status), pid);
        CHECK(status == 5 || (killed == 0 && status == KILLED));
    }
}

// kill and exit of the same process, at about the same time.
void kill_against_exit(void)
{
    run_at_once(6, kill_a_child);
}
